"""Against a real mosquitto. 135 is "Not authorized", 0 and 16 are granted (16: nobody listens)."""

import queue
import shutil
import signal
import threading
from pathlib import Path

import pytest

from collector.broker import admit, as_admin, revoke, set_up
from collector.config import BrokerSection
from collector.errors import CollectorError

pytestmark = pytest.mark.broker

NOT_AUTHORIZED = 135
GRANTED_QOS_1 = 1
NOBODY_LISTENS = 16


@pytest.mark.parametrize("channel", ["event", "status", "health"])
def test_a_kiosk_writes_its_own_topics(connect, channel: str) -> None:
    collector = connect("collector")
    assert collector.subscribe(f"entrance/v1/+/{channel}") == GRANTED_QOS_1
    kiosk = connect("cho-1")

    assert kiosk.publish(f"entrance/v1/cho-1/{channel}", b"own") == 0

    assert collector.next() == (f"entrance/v1/cho-1/{channel}", b"own")


@pytest.mark.parametrize(
    "where",
    [
        "entrance/v1/cho-2/event",
        "entrance/v1/cho-2/receipt",
        "entrance/v1/cho-1/receipt",
        "entrance/v1/cho-1/command",
        "entrance/v1/cho-1/settings",
        "entrance/v1/shared/policy",
        "entrance/v1/shared/event",
        "entrance/v2/cho-1/event",
        "anything",
        "$CONTROL/dynamic-security/v1",
    ],
)
def test_a_kiosk_writes_no_other_topic(connect, where: str) -> None:
    kiosk = connect("cho-1")

    assert kiosk.publish(where) == NOT_AUTHORIZED


@pytest.mark.parametrize("channel", ["command", "receipt", "settings"])
def test_a_kiosk_reads_what_is_for_it(connect, channel: str) -> None:
    kiosk = connect("cho-1")
    assert kiosk.subscribe(f"entrance/v1/cho-1/{channel}") == GRANTED_QOS_1

    assert connect("collector").publish(f"entrance/v1/cho-1/{channel}", b"for you") == 0

    assert kiosk.next() == (f"entrance/v1/cho-1/{channel}", b"for you")


@pytest.mark.parametrize(
    "where",
    [
        "#",
        "$SYS/#",
        "entrance/v1/+/event",
        "entrance/v1/cho-2/receipt",
        "entrance/v1/+/receipt",
        "entrance/v1/cho-2/settings",
        "entrance/v1/+/settings",
        "entrance/v1/shared/event",
        "entrance/v1/+/policy",
        "$share/collector/entrance/v1/+/event",
        "$share/collector/entrance/v1/cho-1/receipt",
        "$share/collector/entrance/v1/shared/+",
        "$CONTROL/dynamic-security/#",
    ],
)
def test_a_kiosk_is_refused_every_other_subscription_and_nothing_is_delivered(
    connect, where: str
) -> None:
    kiosk, other, collector = connect("cho-1"), connect("cho-2"), connect("collector")

    assert kiosk.subscribe(where) == NOT_AUTHORIZED

    assert other.publish("entrance/v1/cho-2/event", b"a visit") in (0, NOBODY_LISTENS)
    for channel in ("receipt", "settings"):
        assert collector.publish(f"entrance/v1/cho-2/{channel}", b"x") in (0, NOBODY_LISTENS)
    with pytest.raises(queue.Empty):
        kiosk.next(timeout_s=0.2)


@pytest.mark.parametrize("where", ["entrance/v1/shared/+", "entrance/v1/shared/keys"])
def test_a_kiosk_reads_what_is_said_to_all_also_when_it_comes_later(connect, where: str) -> None:
    collector = connect("collector")
    collector.publish("entrance/v1/shared/keys", b"signed", retain=True)
    kiosk = connect("cho-1")

    assert kiosk.subscribe(where) == GRANTED_QOS_1

    assert kiosk.next() == ("entrance/v1/shared/keys", b"signed")


@pytest.mark.parametrize(
    "where", ["#", "$SYS/#", "entrance/v1/+/receipt", "$CONTROL/dynamic-security/#"]
)
def test_the_collector_too_reads_only_what_is_for_it(connect, where: str) -> None:
    assert connect("collector").subscribe(where) == NOT_AUTHORIZED


@pytest.mark.parametrize(
    "where",
    ["entrance/v1/cho-1/event", "entrance/v1/shared/other", "$CONTROL/dynamic-security/v1"],
)
def test_the_collector_speaks_neither_as_a_kiosk_nor_as_whoever_lets_them_in(
    connect, where: str
) -> None:
    assert connect("collector").publish(where) == NOT_AUTHORIZED


# ---- letting in and shutting out while it runs


@pytest.fixture
def admin(mosquitto) -> BrokerSection:
    return as_admin(mosquitto.folder, mosquitto.port)


def test_a_kiosk_that_is_revoked_is_cut_off_at_once_and_its_old_certificate_stays_mute(
    mosquitto, connect, admin
) -> None:
    stolen, other, collector = connect("cho-1"), connect("cho-2"), connect("collector")
    collector.subscribe("entrance/v1/+/event")
    assert stolen.publish("entrance/v1/cho-1/event", b"before") == 0
    assert collector.next()[1] == b"before"
    cut_off = threading.Event()
    stolen.client.on_disconnect = lambda *_: cut_off.set()

    revoke(admin, "cho-1")

    assert cut_off.wait(5)
    stolen.client.loop_stop()
    back = connect("cho-1")
    for where in ("entrance/v1/cho-1/event", "entrance/v1/cho-1/status"):
        assert back.publish(where, b"after") == NOT_AUTHORIZED
    for where in ("entrance/v1/cho-1/receipt", "entrance/v1/shared/+"):
        assert back.subscribe(where) == NOT_AUTHORIZED
    assert other.publish("entrance/v1/cho-2/event", b"others go on") == 0
    assert collector.next()[1] == b"others go on"


def test_a_kiosk_stays_out_over_a_restart_of_the_broker(mosquitto, connect, admin) -> None:
    revoke(admin, "cho-1")

    mosquitto.stop()
    mosquitto.start()

    assert connect("cho-1").publish("entrance/v1/cho-1/event") == NOT_AUTHORIZED
    assert connect("cho-2").publish("entrance/v1/cho-2/event") != NOT_AUTHORIZED


def test_a_kiosk_is_let_in_without_a_restart(connect, admin) -> None:
    assert connect("stranger").publish("entrance/v1/stranger/event") == NOT_AUTHORIZED

    admit(admin, "stranger")

    kiosk = connect("stranger")
    assert kiosk.publish("entrance/v1/stranger/event") != NOT_AUTHORIZED
    assert kiosk.subscribe("entrance/v1/stranger/receipt") == GRANTED_QOS_1
    assert kiosk.subscribe("entrance/v1/cho-1/receipt") == NOT_AUTHORIZED


@pytest.mark.parametrize("kiosk", ["never-heard-of", "broker-admin", "A b"])
def test_what_is_no_kiosk_of_this_broker_cannot_be_revoked(admin, kiosk: str) -> None:
    with pytest.raises(CollectorError):
        revoke(admin, kiosk)


def test_whoever_lets_kiosks_in_can_read_and_write_nothing_of_theirs(
    mosquitto, tls, connect
) -> None:
    for name in ("broker-admin.pem", "broker-admin.key"):
        shutil.copy(mosquitto.folder / name, tls / name)

    admin = connect("broker-admin")

    assert admin.publish("entrance/v1/cho-1/receipt") == NOT_AUTHORIZED
    assert admin.publish("entrance/v1/cho-1/event") == NOT_AUTHORIZED
    assert admin.subscribe("entrance/v1/+/event") == NOT_AUTHORIZED


# ---- names and sizes


def test_a_kiosk_that_claims_another_name_is_known_by_its_certificate(connect) -> None:
    impostor = connect("cho-1", client_id="cho-2")

    assert impostor.publish("entrance/v1/cho-2/event") == NOT_AUTHORIZED
    assert impostor.publish("entrance/v1/cho-1/event") != NOT_AUTHORIZED


def test_a_certificate_without_a_role_can_do_nothing(connect) -> None:
    stranger = connect("stranger")

    assert stranger.publish("entrance/v1/stranger/event") == NOT_AUTHORIZED
    assert stranger.subscribe("entrance/v1/stranger/receipt") == NOT_AUTHORIZED


def test_after_setup_and_restart_a_kiosk_that_left_the_list_is_mute_and_a_new_one_is_let_in(
    mosquitto, connect
) -> None:
    mosquitto.stop()
    mosquitto.configure("cho-2", "stranger")
    mosquitto.start()

    revoked, new = connect("cho-1"), connect("stranger")

    assert revoked.publish("entrance/v1/cho-1/event") == NOT_AUTHORIZED
    assert revoked.subscribe("entrance/v1/cho-1/receipt") == NOT_AUTHORIZED
    assert new.publish("entrance/v1/stranger/event") != NOT_AUTHORIZED


def test_a_restart_of_the_broker_keeps_what_waits_for_the_collector(mosquitto, connect) -> None:
    # mosquitto saves only sessions that began with clean_start False
    away = connect("collector", session_s=600, clean_start=False)
    away.subscribe("entrance/v1/+/event")
    away.client.disconnect()
    away.client.loop_stop()
    kiosk = connect("cho-1")
    for number in range(200):
        assert kiosk.publish("entrance/v1/cho-1/event", b"%d" % number) == 0

    mosquitto.stop(signal.SIGTERM)
    mosquitto.start()
    back = connect("collector", session_s=600, clean_start=False)

    assert [back.next()[1] for _ in range(200)] == [b"%d" % number for number in range(200)]
    with pytest.raises(queue.Empty):
        back.next(timeout_s=0.2)


def test_a_document_of_a_whole_trust_list_goes_through(connect) -> None:
    kiosk = connect("cho-1")
    kiosk.subscribe("entrance/v1/shared/+")

    assert connect("collector").publish("entrance/v1/shared/trust", b"x" * 262_144) == 0

    assert len(kiosk.next()[1]) == 262_144


@pytest.mark.parametrize("kiosk", ["", "Cho 1", "cho/1", "+", "#", "x" * 41])
def test_what_is_no_kiosk_id_never_reaches_the_brokers_files(
    authority_dir: Path, tmp_path: Path, kiosk: str
) -> None:
    with pytest.raises(CollectorError, match="is no kiosk id"):
        set_up(authority_dir, tmp_path / "broker", 8883, "collector", [kiosk])

    assert not (tmp_path / "broker").exists()


def test_no_certificate_is_both_collector_and_kiosk(authority_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match="both the collector and another"):
        set_up(authority_dir, tmp_path / "broker", 8883, "cho-1", ["cho-1"])
