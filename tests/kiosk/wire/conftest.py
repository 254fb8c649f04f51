from datetime import UTC, datetime

import pytest

from kiosk.wire import data, health, ids, receipts, status
from kiosk.wire.events import Event

STREAM = "9f0c2ab14d5e4f7a8b3c6d7e8f901234"
BOOT = "3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11"
AT = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)


@pytest.fixture
def visit_event() -> Event:
    return _event(data.VISIT, data.VisitData("accepted", "portal", "in", "cccd"))


@pytest.fixture
def declaration_event() -> Event:
    made = data.DeclarationData(ids.uuid7(1, bytes(10)), AT, "kiosk_form", "none", 1)
    return _event(data.DECLARATION, made)


@pytest.fixture
def notice_event() -> Event:
    return _event(data.NOTICE, data.NoticeData("invalid", "expired", 2))


@pytest.fixture
def receipt() -> receipts.Receipt:
    return receipts.Receipt(STREAM, 41, (43, 47), AT)


@pytest.fixture
def online() -> status.Status:
    return status.Status(status.Presence.ONLINE, STREAM, 3, 17, AT)


@pytest.fixture
def metrics() -> health.Health:
    return health.Health(
        stream=STREAM,
        boot=3,
        birth=17,
        at=AT,
        uptime_s=12.5,
        waiting=4,
        sent=2,
        parked=0,
        oldest_s=3.0,
        receipt_age_s=-1.0,
        refused=0,
        reconnects=1,
        free_mib=1_000,
        storage="ok",
        load_1m=0.1,
    )


def _event(kind: str, what: data.Data) -> Event:
    return Event(
        id=ids.uuid7(1_795_482_123_456, bytes(range(10))),
        kiosk="cho-1",
        type=kind,
        at=AT,
        time_quality="ntp",
        stream=STREAM,
        seq=7,
        boot_id=BOOT,
        boottime_ns=7_200_123_456_789,
        data=what,
    )
