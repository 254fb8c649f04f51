"""Which store the settings name: PostgreSQL when they do, else the file. Its driver is only loaded when it is used."""

from collections.abc import Sequence
from pathlib import Path

from collector.config import LedgerSection
from collector.errors import LedgerError
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


def file_of(section: LedgerSection) -> Path:
    """For what only a ledger in a file keeps. Raise LedgerError where it is in PostgreSQL."""
    if section.postgresql:
        raise LedgerError(
            "a ledger in PostgreSQL keeps no stays and no sums of days yet: there is no tracing, report or case by it"
        )
    return section.file
