"""Where the settings have the ledger, people are kept too. PostgreSQL's driver is only loaded when it is used."""

from collector.config import CollectorConfig
from collector.people.port import PeopleStore
from collector.people.sqlite_people import SqlitePeople


def store_of(config: CollectorConfig) -> PeopleStore:
    if config.ledger.postgresql:
        from collector.people.postgres_people import PostgresPeople

        return PostgresPeople(config.ledger.postgresql)
    return SqlitePeople(config.ledger.file)
