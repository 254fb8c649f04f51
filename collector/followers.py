"""What is derived from events in the ledger's own transaction, in order: who people are, where they were, and the
sums of days. What a ledger in PostgreSQL has no use for is not loaded: a worker is soon back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from collector.config import CollectorConfig
from collector.ledger.port import Follower
from collector.people.keeper import PeopleKeeper

if TYPE_CHECKING:
    from collector.tracing.sqlite_stays import StayKeeper


def followers(config: CollectorConfig) -> Sequence[Follower]:
    """A ledger in PostgreSQL keeps no stays and no sums of days yet: what reads them is SQLite's."""
    if config.ledger.postgresql:
        from collector.people.postgres_people import PostgresTables

        return (PeopleKeeper((), PostgresTables()),)
    from collector.statistics.day_counts import DayCounts

    stays = stay_keeper(config)
    return (PeopleKeeper((stays,)), stays, DayCounts())


def followers_of_people(config: CollectorConfig) -> Sequence[Follower]:
    """Those who hear that an event is of somebody else now."""
    return () if config.ledger.postgresql else (stay_keeper(config),)


def stay_keeper(config: CollectorConfig) -> "StayKeeper":
    from collector.people.ties import people_of
    from collector.registry.sqlite_registry import SqliteRegistry
    from collector.tracing.sqlite_stays import StayKeeper
    from collector.tracing.venues import RegisteredPlaces

    return StayKeeper(people_of, RegisteredPlaces(SqliteRegistry(config.registry.file)))
