"""Which store the settings name: PostgreSQL when they do, else the file. Its driver is only loaded when it is used."""

from collections.abc import Sequence

from collector.config import LedgerSection
from collector.ledger.connection import Reader
from collector.ledger.port import Answers, Follower, Ledger


def ledger_of(section: LedgerSection, followers: Sequence[Follower] = ()) -> Ledger:
    if section.postgresql:
        from collector.ledger.postgres_ledger import PostgresLedger

        return PostgresLedger(section.postgresql, followers)
    from collector.ledger.sqlite_ledger import SqliteLedger

    return SqliteLedger(section.file, followers)


def answers_of(section: LedgerSection) -> Answers:
    if section.postgresql:
        from collector.ledger.postgres_answers import PostgresAnswers

        return PostgresAnswers(section.postgresql)
    from collector.ledger.sqlite_answers import SqliteAnswers

    return SqliteAnswers(section.file)


def reader_of(section: LedgerSection) -> Reader:
    if section.postgresql:
        from collector.ledger.postgres_reader import PostgresReader

        return PostgresReader(section.postgresql)
    from collector.ledger.sqlite_reader import SqliteReader

    return SqliteReader(section.file)
