"""What is derived from events in the ledger's own transaction, in order: who people are, where they were, and the
sums of days."""

from collections.abc import Sequence

from collector.config import CollectorConfig
from collector.ledger.port import Follower
from collector.people.keeper import PeopleKeeper
from collector.people.ties import people_of
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.day_counts import DayCounts
from collector.tracing.sqlite_stays import StayKeeper
from collector.tracing.venues import RegisteredPlaces


def followers(config: CollectorConfig) -> Sequence[Follower]:
    """A ledger in PostgreSQL keeps no stays and no sums of days yet: what reads them is SQLite's."""
    if config.ledger.postgresql:
        from collector.people.postgres_people import PostgresTables

        return (PeopleKeeper((), PostgresTables()),)
    stays = stay_keeper(config)
    return (PeopleKeeper((stays,)), stays, DayCounts())


def stay_keeper(config: CollectorConfig) -> StayKeeper:
    return StayKeeper(people_of, RegisteredPlaces(SqliteRegistry(config.registry.file)))
