"""Joins the desk of tracing from the settings: ledger, registry, people, audit."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from collector.audit.sqlite_audit import AuditLog
from collector.cases.sqlite_cases import SqliteCases
from collector.config import CollectorConfig
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.stores import file_of
from collector.people.asking import pseudonyms_of
from collector.registry.sqlite_registry import SqliteRegistry
from collector.tracing.desk import TraceDesk
from collector.tracing.index import Index, Snapshot
from collector.tracing.sqlite_traces import Traces
from kiosk.domain.identity import Identifier


def desk_of(config: CollectorConfig, snapshot: Callable[[], Snapshot | None]) -> TraceDesk:
    ledger = file_of(config.ledger)
    return TraceDesk(
        ledger,
        SqliteAnswers(ledger),
        SqliteRegistry(config.registry.file),
        lambda identifiers: _people_named(config, identifiers),
        AuditLog(config.audit.file).note,
        snapshot,
        lambda: datetime.now(UTC),
        SqliteCases(config.cases.file),
    )


def _people_named(config: CollectorConfig, identifiers: Sequence[Identifier]) -> Sequence[int]:
    pseudonyms = pseudonyms_of(config.inbox.people_socket, identifiers)
    with Traces(config.ledger.file) as traces:
        return traces.people_by(pseudonyms)


def index_of(config: CollectorConfig, told: Callable[[int], None]) -> Snapshot:
    """Read once; `told` hears how many stays have been read."""
    with Traces(config.ledger.file) as traces:
        rows = 0

        def pieces() -> Iterator[Sequence[tuple[int, int, int, int]]]:
            nonlocal rows
            for piece in traces.stays():
                rows += len(piece)
                told(rows)
                yield piece

        return Index(pieces()).snapshot
