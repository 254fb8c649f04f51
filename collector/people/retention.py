"""What is too old vanishes, and the keys of its days with it."""

from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, date, datetime

from collector import documents
from collector.audit.sqlite_audit import AuditLog
from collector.config import CollectorConfig
from collector.days import day_number
from collector.followers import followers_of_people
from collector.inbox.day_keys import DayKeys
from collector.people.stores import store_of
from kiosk.wire.documents import DocumentKind


@dataclass(frozen=True, slots=True)
class Vanished:
    """How much one run of retention has taken."""

    events: int
    set_aside: int  # messages in quarantine
    day_keys: int


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
    events = store.vanish(
        before, followers_of_people(config), lambda: datetime.now(UTC), told, goes_on
    )
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
