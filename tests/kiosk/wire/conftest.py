from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk.wire import commands, data, documents, health, ids, receipts, status
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
    return receipts.Receipt(STREAM, 41, (43, 47), AT, "ab" * 32, 40, "cd" * 16)


@pytest.fixture
def sealed_visit() -> Event:
    link, contact = data.Sealed("0" * 16, bytes(60)), data.Sealed("1" * 16, bytes(61))
    what = data.VisitData("accepted", "portal", "in", "cccd", None, link, contact)
    return replace(_event(data.VISIT, what), prev_hash="ef" * 32)


@pytest.fixture
def sealed_declaration() -> Event:
    link, contact = data.Sealed("0" * 16, bytes(60)), data.Sealed("1" * 16, bytes(62))
    what = data.DeclarationData(
        ids.uuid7(1, bytes(10)), AT, "kiosk_form", "none", 1, None, link, contact
    )
    return replace(_event(data.DECLARATION, what), prev_hash="ef" * 32)


@pytest.fixture
def command() -> commands.Command:
    return commands.Command(ids.uuid7(1, bytes(10)), "cho-1", "identify", AT, AT, {"for_s": 5})


@pytest.fixture
def policy() -> documents.Document:
    return documents.Document(documents.DocumentKind.POLICY, 3, AT, {"declaration_valid_h": 24})


@pytest.fixture
def settings() -> documents.Document:
    return documents.Document(documents.DocumentKind.SETTINGS, 1, AT, {}, "cho-1")


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


@pytest.fixture
def metrics_with_head(metrics: health.Health) -> health.Health:
    return replace(metrics, head=health.ChainHead(7, "ab" * 32, bytes(70), bytes(600)))


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
