"""People as configured; opens nothing before it is asked."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from collector import documents
from collector.audit.sqlite_audit import AuditLog
from collector.config import CollectorConfig
from collector.days import day_number
from collector.followers import stay_keeper
from collector.inbox.day_keys import DayKeys
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.people.asking import pseudonyms_of
from collector.people.desk import PeopleDesk, erase_again
from collector.people.sqlite_people import people_known
from collector.people.sqlite_requests import SqliteRequests
from collector.people.vanishing import vanish
from collector.registry.port import Registry
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.domain.identity import Identifier
from kiosk.wire.documents import DocumentKind


def people_named(config: CollectorConfig) -> Callable[[Sequence[Identifier]], Sequence[int]]:
    """See collector.tracing.desk.PeopleNamed."""
    return lambda identifiers: people_known(
        config.ledger.file, pseudonyms_of(config.inbox.people_socket, identifiers)
    )


def desk_of(config: CollectorConfig) -> PeopleDesk:
    return PeopleDesk(
        config.ledger.file,
        lambda identifiers: pseudonyms_of(config.inbox.people_socket, identifiers),
        SqliteRequests(config.people.file),
        AuditLog(config.audit.file).note,
        [stay_keeper(config)],
        _places(SqliteRegistry(config.registry.file)),
        lambda: datetime.now(UTC),
    )


def _places(registry: Registry) -> Callable[[str], str]:
    """The kiosk's own name where it is not registered."""

    def place(kiosk: str) -> str:
        venue = next((each.venue for each in registry.kiosks() if each.id == kiosk), "")
        return next((each.name for each in registry.venues() if each.id == venue), kiosk)

    return place


def erase_again_in(config: CollectorConfig) -> int:
    """What was erased, in a ledger that has just come back from a copy; how many events were in it."""
    erased = SqliteRequests(config.people.file).erased()
    if not erased:
        return 0
    ledger = SqliteLedger(config.ledger.file)  # the copy may be of an older version
    ledger.open()
    ledger.close()
    others = [stay_keeper(config)]
    return erase_again(config.ledger.file, erased, others, datetime.now(UTC))


def days_kept(config: CollectorConfig) -> int:
    """What the policy says, and never more than the settings."""
    said = documents.body_in(config.documents.folder, DocumentKind.POLICY).get("retention_days")
    most = config.ledger.retention_days
    return min(said, most) if type(said) is int and said > 0 else most


def retain(
    config: CollectorConfig,
    today: date,
    told: Callable[[int], None],
    goes_on: Callable[[], bool] = lambda: True,
) -> tuple[int, int]:
    """Events that are too old vanish, and then the keys of their days; how many of each. Raise CollectorError; what is
    gone by then stays gone."""
    before = day_number(today) - days_kept(config)
    others = [stay_keeper(config)]
    events = vanish(config.ledger.file, before, others, lambda: datetime.now(UTC), told, goes_on)
    keys = DayKeys(config.inbox.day_keys)
    old = [day for day in keys.days() if day < before] if goes_on() else []
    if events or old:
        about = {"events": str(events), "day_keys": str(len(old)), "days": str(days_kept(config))}
        AuditLog(config.audit.file).note("command", "retention_run", about)
    for day in old:
        keys.destroy(day)
    return events, len(old)
