"""With a real broker. Only the collector's receipt after its commit may free a row."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.wire import receipts

pytestmark = pytest.mark.broker


def test_visits_arrive_in_order_and_leave_the_outbox_by_their_receipts(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)
    before = kiosk.visits(30)

    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: kiosk.waiting == 0, "the backlog")
    during = kiosk.visits(30)
    until(lambda: kiosk.waiting == 0, "what came later")

    assert collector.ids == before + during
    assert [event.seq for event in collector.arrived] == list(range(1, 61))  # each just once
    until(lambda: kiosk.connected and kiosk.beats[-1].receipt_age_s >= 0, "a beat")
    assert kiosk.fault == ""


def test_without_a_receipt_a_row_stays_and_goes_again_with_the_same_number(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)
    collector.speaking = False
    visits = kiosk.visits(5)

    kiosk.connect(new_settings(broker.port, resend_s=0.5))
    until(lambda: len(collector.arrived) >= 15, "the rows, three times")

    assert kiosk.waiting == 5
    assert {event.seq for event in collector.arrived} == {1, 2, 3, 4, 5}
    assert collector.ids == visits
    until(lambda: kiosk.fault == "no_receipts", "the fault")
    collector.give_receipt()
    until(lambda: kiosk.waiting == 0, "the receipt")
    until(lambda: kiosk.fault == "", "the end of the fault")


def test_a_broker_that_acknowledges_everything_and_then_loses_it_loses_nothing(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    # a collector of old has left its session, so that the broker acknowledges and keeps
    away = new_collector(broker)
    away.speaking = False
    visits = kiosk.visits(40)
    kiosk.connect(new_settings(broker.port))
    until(lambda: len(away.arrived) >= 40, "every PUBACK")

    broker.kill()
    away.stop()
    visits += kiosk.visits(10)
    assert kiosk.waiting == 50
    broker.start()
    collector = new_collector(broker)

    until(lambda: kiosk.waiting == 0, "everything, once more")
    assert sorted(collector.ids) == sorted(visits)


def test_a_broker_killed_again_and_again_delays_and_nothing_more(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)
    kiosk.connect(new_settings(broker.port))
    visits: list[str] = []

    for _ in range(3):
        visits += kiosk.visits(100)
        enough = len(visits) - 90
        until(lambda enough=enough: len(collector.ids) > enough, "some of them")
        broker.kill()
        visits += kiosk.visits(20)
        broker.start()

    until(lambda: kiosk.waiting == 0, "the end of the backlog", 30)
    assert sorted(collector.ids) == sorted(visits)
    assert {event.seq for event in collector.arrived} == set(range(1, len(visits) + 1))


def test_when_nobody_listens_rows_wait_and_staff_can_see_why(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    visits = kiosk.visits(3)

    kiosk.connect(new_settings(broker.port))
    until(lambda: kiosk.fault == "no_listener", "the fault")
    assert kiosk.waiting == 3

    collector = new_collector(broker)
    until(lambda: kiosk.waiting == 0, "the collector")
    assert sorted(collector.ids) == visits
    until(lambda: kiosk.fault == "", "the end of the fault")


def test_a_refusal_keeps_the_rows_and_is_named(
    new_broker: Any,
    new_collector: Any,
    kiosk: Any,
    new_settings: Any,
    until: Callable[..., None],
    tmp_path: Any,
) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic read #\ntopic write entrance/v1/cho-1/status\n")
    acl.chmod(0o644)
    broker = new_broker(f"allow_anonymous true\nacl_file {acl}")
    collector = new_collector(broker)
    visits = kiosk.visits(3)

    kiosk.connect(new_settings(broker.port))
    until(lambda: kiosk.fault == "not_authorized", "the fault")
    assert kiosk.waiting == 3
    assert kiosk.parked == 0

    acl.write_text("topic readwrite #\n")
    broker.reload()
    until(lambda: kiosk.waiting == 0, "the right to write")
    assert sorted(collector.ids) == visits


def test_a_row_that_breaks_every_connection_is_found_and_set_aside(
    new_broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    # mosquitto answers 149 to a message above its size limit, which is no code for a PUBACK: paho
    # ends the connection, and did so for ever
    visits = [kiosk.visit()]
    small = len(kiosk.outbox.waiting(0, 1)[0].payload)
    visits += kiosk.visits(4)
    large = kiosk.visit(follows=True)
    visits += kiosk.visits(30)
    broker = new_broker(f"allow_anonymous true\nmessage_size_limit {small + 20}")
    collector = new_collector(broker)

    kiosk.connect(new_settings(broker.port))

    until(lambda: kiosk.waiting == 0, "all but one")
    assert kiosk.parked == 1
    assert sorted(collector.ids) == visits
    assert large not in collector.ids


def test_an_uplink_that_is_restarted_goes_on_where_receipts_have_stopped(
    broker: Any, new_collector: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    collector = new_collector(broker)
    collector.speaking = False
    visits = kiosk.visits(10)
    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: len(collector.arrived) == 10, "the first ten")

    kiosk.disconnect()
    collector.speaking = True
    visits += kiosk.visits(5)
    kiosk.connect(new_settings(broker.port))

    until(lambda: kiosk.waiting == 0, "all of them")
    assert collector.ids == visits


def test_a_receipt_of_another_stream_or_no_receipt_at_all_frees_nothing(
    broker: Any,
    new_collector: Any,
    kiosk: Any,
    signer: Any,
    new_settings: Any,
    until: Callable[..., None],
) -> None:
    collector = new_collector(broker)
    collector.speaking = False
    kiosk.visits(3)
    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: len(collector.arrived) == 3, "the rows")
    another = receipts.Receipt("0" * 32, 3, (), datetime.now(UTC))

    for payload in (b"", b"[]", b"\xff" * 9_000, b'{"upto":3}'):
        collector.say(payload)
    collector.say(receipts.sign(another, signer.receipt_key))
    until(
        lambda: kiosk.beats and kiosk.beats[-1].receipt_age_s >= 0,
        "the receipt of the other stream to be heard",
    )

    assert kiosk.waiting == 3
    collector.give_receipt()
    until(lambda: kiosk.waiting == 0, "the true receipt")


def test_a_forged_receipt_frees_nothing_and_is_named(
    broker: Any,
    new_collector: Any,
    kiosk: Any,
    signer: Any,
    new_settings: Any,
    until: Callable[..., None],
) -> None:
    collector = new_collector(broker)
    collector.speaking = False
    kiosk.visits(3)
    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: len(collector.arrived) == 3, "the rows")
    of_all = receipts.Receipt(collector.arrived[0].stream, 3, (), datetime.now(UTC))

    collector.say(receipts.sign(of_all, signer.command_key))  # a true key, of another office
    until(lambda: kiosk.fault == "receipt_forged", "the fault")

    assert kiosk.waiting == 3
    collector.give_receipt()
    until(lambda: kiosk.waiting == 0 and kiosk.fault == "", "the true receipt")
