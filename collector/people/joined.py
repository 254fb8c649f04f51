"""People as configured; opens nothing before it is asked."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, date, datetime

from collector import documents
from collector.audit.sqlite_audit import AuditLog
from collector.config import CollectorConfig
from collector.days import day_number
from collector.followers import stay_keeper
from collector.inbox.day_keys import DayKeys
from collector.ledger.port import Follower
from collector.ledger.stores import ledger_of
from collector.people.asking import pseudonyms_of, withdraw_tags
from collector.people.desk import PeopleDesk, erase_again
from collector.people.port import PeopleStore
from collector.people.sqlite_people import SqlitePeople
from collector.people.sqlite_requests import SqliteRequests
from collector.registry.port import Registry
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.wire.documents import DocumentKind


@dataclass(frozen=True, slots=True)
class Vanished:
    """How much one run of retention has taken."""

    events: int
    set_aside: int  # messages in quarantine
    day_keys: int


def store_of(config: CollectorConfig) -> PeopleStore:
    if config.ledger.postgresql:
        from collector.people.postgres_people import PostgresPeople

        return PostgresPeople(config.ledger.postgresql)
    return SqlitePeople(config.ledger.file)


def desk_of(config: CollectorConfig) -> PeopleDesk:
    return PeopleDesk(
        store_of(config),
        lambda identifiers: pseudonyms_of(config.inbox.people_socket, identifiers),
        lambda people: withdraw_tags(config.inbox.people_socket, people),
        SqliteRequests(config.people.file),
        AuditLog(config.audit.file).note,
        _others(config),
        _places(SqliteRegistry(config.registry.file)),
        lambda: datetime.now(UTC),
    )


def _others(config: CollectorConfig) -> Sequence[Follower]:
    """Stays are kept beside a ledger in a file only."""
    return [] if config.ledger.postgresql else [stay_keeper(config)]


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
    return erase_again(store_of(config), erased, _others(config), datetime.now(UTC))


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
) -> Vanished:
    """Events and messages that are too old vanish, and then the keys of their days. Raise CollectorError; what is gone
    by then stays gone."""
    before = day_number(today) - days_kept(config)
    store = store_of(config)
    events = store.vanish(before, _others(config), lambda: datetime.now(UTC), told, goes_on)
    set_aside = store.empty_quarantine(before, goes_on)
    keys = DayKeys(config.inbox.day_keys)
    old = [day for day in keys.days() if day < before] if goes_on() else []
    vanished = Vanished(events, set_aside, len(old))
    if any(astuple(vanished)):
        about = {name: str(count) for name, count in asdict(vanished).items()}
        about["days"] = str(days_kept(config))
        AuditLog(config.audit.file).note("command", "retention_run", about)
    for day in old:
        keys.destroy(day)
    return vanished
