"""People as configured; opens nothing before it is asked."""

from collections.abc import Callable
from datetime import UTC, datetime

from collector.audit.sqlite_audit import AuditLog
from collector.config import CollectorConfig
from collector.followers import followers_of_people
from collector.ledger.stores import ledger_of
from collector.people.asking import pseudonyms_of, withdraw_tags
from collector.people.desk import PeopleDesk, erase_again
from collector.people.sqlite_requests import SqliteRequests
from collector.people.stores import store_of
from collector.registry.port import Registry
from collector.registry.sqlite_registry import SqliteRegistry


def desk_of(config: CollectorConfig) -> PeopleDesk:
    return PeopleDesk(
        store_of(config),
        lambda identifiers: pseudonyms_of(config.inbox.people_socket, identifiers),
        lambda people: withdraw_tags(config.inbox.people_socket, people),
        SqliteRequests(config.people.file),
        AuditLog(config.audit.file).note,
        followers_of_people(config),
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
    ledger = ledger_of(config.ledger)  # the copy may be of an older version
    ledger.open()
    ledger.close()
    return erase_again(store_of(config), erased, followers_of_people(config), datetime.now(UTC))
