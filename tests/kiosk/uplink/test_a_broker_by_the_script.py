"""Exact moments that a real broker does not offer: limits, refusals of one row, nonsense, silence."""

import json
import struct
import threading
from collections.abc import Callable
from typing import Any

from kiosk.commands import Commands
from kiosk.documents import Documents
from kiosk.reports import Reporter
from kiosk.store.outbox import Outbox
from kiosk.uplink.process import Uplink
from kiosk.wire import health

DISCONNECT = 14
RECEIVE_MAXIMUM = b"\x21" + struct.pack(">H", 5)


def seqs(packets: list[Any]) -> list[int]:
    return [json.loads(packet.payload)["seq"] for packet in packets]


def test_never_more_than_the_brokers_receive_maximum_is_unanswered(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None], puback: Any
) -> None:
    def answer_all(unanswered: list[Any]) -> bytes:
        answers = b"".join(puback(packet.mid) for packet in unanswered)
        unanswered.clear()
        return answers

    kiosk.visits(40)
    broker = scripted(lambda packet, unanswered: b"wait", RECEIVE_MAXIMUM, when_quiet=answer_all)

    kiosk.connect(new_settings(broker.port))
    until(lambda: len(broker.published()) >= 36, "a full window again and again")

    assert broker.most_unanswered == 5  # the status that is said first is one of them
    assert kiosk.waiting == 40


def test_without_a_limit_the_window_is_twenty(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    kiosk.visits(40)
    broker = scripted(lambda packet, unanswered: b"wait")

    kiosk.connect(new_settings(broker.port))
    until(lambda: broker.most_unanswered >= 20, "the window")
    until(lambda: len(kiosk.beats) >= 3, "two seconds more")

    assert broker.most_unanswered == 20


def test_after_a_hang_up_every_row_goes_again_in_order_and_old_answers_do_not_count(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None], puback: Any
) -> None:
    seen: list[int] = []

    def hang_up_at_the_tenth_row(packet: Any, unanswered: list[Any]) -> bytes:
        if not packet.topic.endswith("/event"):
            return bytes(puback(packet.mid))
        seen.append(packet.mid)
        return b"" if len(seen) == 10 else bytes(puback(packet.mid))

    kiosk.visits(12)
    broker = scripted(hang_up_at_the_tenth_row)

    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: seqs(broker.published())[-1:] == [12], "the second connection's last row")

    first = [packet for packet in broker.published() if packet.connection == 1]
    second = [packet for packet in broker.published() if packet.connection == 2]
    assert seqs(first) == list(range(1, 11))
    assert seqs(second) == list(range(1, 13))
    assert kiosk.waiting == 12


def test_how_much_waits_is_said_before_it_goes(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    said: list[Any] = []

    def listen(packet: Any, unanswered: list[Any]) -> bytes:
        said.append(packet)
        return b"wait"

    kiosk.visits(40)
    broker = scripted(listen)

    kiosk.connect(new_settings(broker.port))
    until(lambda: len(said) >= 20, "the window")

    assert [packet.topic.rpartition("/")[2] for packet in said[:3]] == ["status", "health", "event"]
    assert health.decode(said[1].payload).waiting == 40


def test_a_kiosk_whose_power_is_cut_says_nothing_and_keeps_its_rows(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None], puback: Any
) -> None:
    kiosk.visits(2)
    broker = scripted(lambda packet, unanswered: puback(packet.mid))
    folder = kiosk.path.parent
    uplink = Uplink(
        *(new_settings(broker.port), Outbox(kiosk.path, "cho-1", owner=False)),
        *(Documents(folder, "cho-1"), Commands(folder / "commands.json", "cho-1")),
        Reporter(folder / "nobody.sock"),
    )

    def both_have_gone() -> bool:
        uplink.turn()
        return len(broker.published()) == 2

    until(both_have_gone, "both rows")
    uplink.close(goodbye=False)
    broker.stop()

    assert [packet.kind for packet in broker.packets if packet.kind == DISCONNECT] == []
    assert kiosk.waiting == 2


def test_a_row_that_the_broker_cannot_take_is_set_aside_and_the_rest_goes_on(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None], puback: Any
) -> None:
    def refuse_the_second(packet: Any, unanswered: list[Any]) -> bytes:
        second = packet.topic.endswith("/event") and json.loads(packet.payload)["seq"] == 2
        return bytes(puback(packet.mid, 0x99 if second else 0))

    kiosk.visits(4)
    broker = scripted(refuse_the_second)

    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: kiosk.parked == 1, "the poison row")
    until(lambda: seqs(broker.published())[-1:] == [4], "the rows behind it")

    assert kiosk.waiting == 3
    assert seqs(broker.published()) == [1, 2, 3, 4]


def test_a_row_above_the_brokers_packet_size_is_not_even_tried(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None], puback: Any
) -> None:
    kiosk.visit()
    small = len(kiosk.outbox.waiting(0, 1)[0].payload)
    kiosk.visit(follows=True)  # 48 bytes more
    kiosk.visit()
    limit = small + len("entrance/v1/cho-1/event") + 46 + 32
    broker = scripted(
        lambda packet, unanswered: puback(packet.mid), b"\x27" + struct.pack(">I", limit)
    )

    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: kiosk.parked == 1, "the large row")
    until(lambda: len(broker.published()) == 2, "the small ones")

    assert seqs(broker.published()) == [1, 3]
    assert kiosk.waiting == 2


def test_a_refusal_of_a_row_is_kept_and_tried_again(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None], puback: Any
) -> None:
    full = threading.Event()
    full.set()

    def refuse_while_full(packet: Any, unanswered: list[Any]) -> bytes:
        quota_exceeded = packet.topic.endswith("/event") and full.is_set()
        return bytes(puback(packet.mid, 0x97 if quota_exceeded else 0))

    kiosk.visits(1)
    broker = scripted(refuse_while_full)

    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: kiosk.fault == "refused", "the fault")
    until(lambda: len(broker.published()) >= 3, "the third try")
    full.clear()

    until(lambda: kiosk.fault == "", "the end of the fault")
    assert (kiosk.waiting, kiosk.parked) == (1, 0)


def test_nonsense_from_the_broker_ends_the_connection_and_not_the_uplink(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None], puback: Any
) -> None:
    nonsense = iter(
        [
            b"\x40\x01\x00",  # a PUBACK of one byte
            b"\x40\x04\x00\x01\x01\x00",  # a reason code that does not exist
            b"\x30\x03\x00\xff\x00",  # a PUBLISH whose topic is longer than itself
            b"\xff\xff\xff\xff\xff\xff",  # no packet at all
        ]
    )

    def talk_nonsense_first(packet: Any, unanswered: list[Any]) -> bytes:
        return next(nonsense, None) or bytes(puback(packet.mid))

    kiosk.visits(3)
    broker = scripted(talk_nonsense_first)

    kiosk.connect(new_settings(broker.port, resend_s=60.0, silence_s=1.0))
    until(lambda: seqs(broker.published())[-1:] == [3], "a connection that works")

    assert kiosk.waiting == 3
    until(lambda: kiosk.connected, "a beat that says so")
    assert not [each for each in threading.enumerate() if each.name.startswith("uplink-connecting")]


def test_a_link_over_which_nothing_comes_is_given_up(
    scripted: Any, kiosk: Any, new_settings: Any, until: Callable[..., None]
) -> None:
    kiosk.visits(1)
    broker = scripted(lambda packet, unanswered: b"wait")

    kiosk.connect(new_settings(broker.port, silence_s=0.5))

    until(lambda: len({packet.connection for packet in list(broker.packets)}) >= 2, "another try")
    assert kiosk.waiting == 1
