"""Joins the desk of tracing from the settings: ledger, registry, people, audit."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from collector.audit.sqlite_audit import AuditLog
from collector.cases.sqlite_cases import SqliteCases
from collector.config import CollectorConfig
from collector.ledger.stores import answers_of, reader_of
from collector.people.asking import pseudonyms_of
from collector.registry.sqlite_registry import SqliteRegistry
from collector.tracing.desk import TraceDesk
from collector.tracing.index import Index, Snapshot
from collector.tracing.traces import Traces
from kiosk.domain.identity import Identifier


def desk_of(config: CollectorConfig, snapshot: Callable[[], Snapshot | None]) -> TraceDesk:
    return TraceDesk(
        reader_of(config.ledger),
        answers_of(config.ledger),
        SqliteRegistry(config.registry.file),
        lambda identifiers: _people_named(config, identifiers),
        AuditLog(config.audit.file).note,
        snapshot,
        lambda: datetime.now(UTC),
        SqliteCases(config.cases.file),
    )


def _people_named(config: CollectorConfig, identifiers: Sequence[Identifier]) -> Sequence[int]:
    pseudonyms = pseudonyms_of(config.inbox.people_socket, identifiers)
    with Traces(reader_of(config.ledger)) as traces:
        return traces.people_by(pseudonyms)


def index_of(config: CollectorConfig, told: Callable[[int], None]) -> Snapshot:
    """Read once; `told` hears how many stays have been read."""
    with Traces(reader_of(config.ledger)) as traces:
        rows = 0

        def pieces() -> Iterator[Sequence[tuple[int, int, int, int]]]:
            nonlocal rows
            for piece in traces.stays():
                rows += len(piece)
                told(rows)
                yield piece

        with traces.snapshot():
            return Index(pieces()).snapshot
