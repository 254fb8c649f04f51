"""Against a real mosquitto. 135 is "Not authorized", 0 and 16 are granted (16: nobody listens)."""

import queue
import signal
from pathlib import Path

import pytest

from collector.broker import set_up
from collector.errors import CollectorError

pytestmark = pytest.mark.broker

NOT_AUTHORIZED = 135
GRANTED_QOS_1 = 1


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
        "entrance/v2/cho-1/event",
        "anything",
        "$CONTROL/dynamic-security/v1",
    ],
)
def test_a_kiosk_writes_no_other_topic(connect, where: str) -> None:
    kiosk = connect("cho-1")

    assert kiosk.publish(where) == NOT_AUTHORIZED


@pytest.mark.parametrize("channel", ["command", "receipt"])
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
        "$share/collector/entrance/v1/+/event",
        "$share/collector/entrance/v1/cho-1/receipt",
    ],
)
def test_a_kiosk_is_refused_every_other_subscription(connect, where: str) -> None:
    kiosk = connect("cho-1")

    assert kiosk.subscribe(where) == NOT_AUTHORIZED


@pytest.mark.parametrize("where", ["#", "$SYS/#", "entrance/v1/+/receipt"])
def test_the_collector_too_reads_only_what_is_for_it(connect, where: str) -> None:
    assert connect("collector").subscribe(where) == NOT_AUTHORIZED


def test_the_collector_cannot_speak_as_a_kiosk(connect) -> None:
    assert connect("collector").publish("entrance/v1/cho-1/event") == NOT_AUTHORIZED


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


def test_an_event_larger_than_the_contract_allows_ends_at_the_broker(connect) -> None:
    collector = connect("collector")
    collector.subscribe("entrance/v1/+/event")
    kiosk = connect("cho-1")
    assert kiosk.publish("entrance/v1/cho-1/event", b"x" * 8192) == 0
    assert len(collector.next()[1]) == 8192

    kiosk.client.publish("entrance/v1/cho-1/event", b"x" * 20_000, qos=1)

    with pytest.raises(queue.Empty):
        collector.next(timeout_s=0.5)


@pytest.mark.parametrize("kiosk", ["", "Cho 1", "cho/1", "+", "#", "x" * 41])
def test_what_is_no_kiosk_id_never_reaches_the_brokers_files(
    authority_dir: Path, tmp_path: Path, kiosk: str
) -> None:
    with pytest.raises(CollectorError, match="is no kiosk id"):
        set_up(authority_dir, tmp_path / "broker", 8883, "collector", [kiosk])

    assert not (tmp_path / "broker").exists()


def test_no_certificate_is_both_collector_and_kiosk(authority_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match="both the collector and a kiosk"):
        set_up(authority_dir, tmp_path / "broker", 8883, "cho-1", ["cho-1"])
