"""The desk of releases as configured; opens nothing."""

from datetime import UTC, datetime

from collector.audit.sqlite_audit import AuditLog
from collector.cases.bundle import release_key
from collector.cases.ledger_sealed import LedgerSealed
from collector.cases.port import Unwrap
from collector.cases.release_desk import ReleaseDesk
from collector.cases.sqlite_cases import SqliteCases
from collector.config import CollectorConfig
from collector.ledger.stores import reader_of
from collector.people.asking import unwrapping


def desk_of(config: CollectorConfig, unwrap: Unwrap | None = None) -> ReleaseDesk:
    """Contacts are unwrapped by the inbox, unless told how."""
    return ReleaseDesk(
        SqliteCases(config.cases.file),
        LedgerSealed(reader_of(config.ledger)),
        unwrap or unwrapping(config.inbox.people_socket),
        AuditLog(config.audit.file).note,
        config.cases.approvals,
        lambda: release_key(config.cases.release_key_file),
        lambda: datetime.now(UTC),
    )
