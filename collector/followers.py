"""What is derived from events in the ledger's own transaction, in order: who people are, where they were, and the
sums of days. PostgreSQL's driver is only loaded when it is used."""

from collections.abc import Sequence

from collector.config import CollectorConfig
from collector.ledger.port import Follower
from collector.people.keeper import PeopleKeeper
from collector.people.stores import store_of
from collector.people.ties import people_of
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.day_counts import DayCounts
from collector.tracing.keeper import StayKeeper
from collector.tracing.venues import RegisteredPlaces


def followers(config: CollectorConfig) -> Sequence[Follower]:
    stays = stay_keeper(config)
    return (PeopleKeeper((stays,), store_of(config)), stays, DayCounts())


def followers_of_people(config: CollectorConfig) -> Sequence[Follower]:
    """Those who hear that an event is of somebody else now."""
    return (stay_keeper(config),)


def stay_keeper(config: CollectorConfig) -> StayKeeper:
    places = RegisteredPlaces(SqliteRegistry(config.registry.file))
    if config.ledger.postgresql:
        from collector.people.postgres_people import people_of as people_of_many
        from collector.tracing.postgres_stays import PostgresStays

        return StayKeeper(people_of_many, places, PostgresStays())
    return StayKeeper(people_of, places)
