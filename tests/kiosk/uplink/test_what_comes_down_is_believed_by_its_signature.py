import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kiosk.documents import Documents
from kiosk.wire import commands, health, receipts
from kiosk.wire.commands import Command
from kiosk.wire.documents import DocumentKind
from kiosk.wire.ids import uuid7

pytestmark = pytest.mark.broker
KIOSK = "cho-1"


def command(signer: Any, name: str, *, kiosk: str = KIOSK, minutes: float = 5.0) -> bytes:
    now = datetime.now(UTC)
    begun = min(now, now + timedelta(minutes=minutes))
    said = Command(
        uuid7(time.time_ns() // 1_000_000, os.urandom(10)),
        kiosk,
        name,
        begun,
        now + timedelta(minutes=minutes),
    )
    return commands.sign(said, signer.command_key)


def figures(collector: Any) -> Any:
    """The last health that went up."""
    found = [payload for topic, payload, *_ in collector.others if topic.endswith("/health")]
    return health.decode(found[-1]) if found else None


@pytest.fixture
def connected(
    broker: Any,
    new_collector: Any,
    kiosk: Any,
    new_settings: Any,
    until: Callable[..., None],
) -> tuple[Any, Any]:
    collector = new_collector(broker)
    kiosk.connect(new_settings(broker.port, health_every_s=1.0))
    until(lambda: kiosk.connected, "the connection")
    return collector, kiosk


def test_a_newer_document_is_kept_told_and_there_after_a_restart(
    connected: Any, signer: Any, until: Callable[..., None], broker: Any, new_settings: Any
) -> None:
    collector, kiosk = connected

    policy = signer.document(DocumentKind.POLICY, {"repeat_window_s": 60}, version=3)
    collector.say(policy, "shared/policy", retain=True)
    until(lambda: kiosk.news, "the news")
    kiosk.disconnect()

    assert [(each.document, each.version) for each in kiosk.news] == [("policy", 3)]
    assert kiosk.documents().get(DocumentKind.POLICY).body == {"repeat_window_s": 60}
    kiosk.connect(new_settings(broker.port, health_every_s=1.0))
    until(lambda: figures(collector) and figures(collector).birth == 2, "the next connection")
    assert len(kiosk.news) == 1  # the retained one says nothing new
    assert figures(collector).extra["documents"] == {"keys": 1, "policy": 3}


def test_documents_older_forged_for_another_kiosk_or_on_another_topic_change_nothing(
    connected: Any, signer: Any, until: Callable[..., None]
) -> None:
    collector, kiosk = connected
    collector.say(signer.document(DocumentKind.POLICY, {"resend_s": 30}, 5), "shared/policy")
    until(lambda: len(kiosk.news) == 1, "the true one")
    forger = type(signer)()

    collector.say(signer.document(DocumentKind.POLICY, {"resend_s": 9}, 4), "shared/policy")
    collector.say(signer.document(DocumentKind.POLICY, {"resend_s": 9}, 5), "shared/policy")
    collector.say(forger.document(DocumentKind.POLICY, {"resend_s": 9}, 6), "shared/policy")
    collector.say(signer.document(DocumentKind.POLICY, {"resend_s": -1}, 7), "shared/policy")
    collector.say(signer.document(DocumentKind.POLICY, {}, 8), "shared/trust")
    collector.say(signer.document(DocumentKind.SETTINGS, {}, 9, kiosk="cho-2"), f"{KIOSK}/settings")
    collector.say(b"{", "shared/keys")
    until(lambda: figures(collector).extra["documents_refused"] == 7, "seven refusals")

    assert len(kiosk.news) == 1
    assert kiosk.documents().get(DocumentKind.POLICY).body == {"resend_s": 30}


def test_a_command_is_given_once_and_only_when_it_is_true(
    connected: Any, signer: Any, until: Callable[..., None]
) -> None:
    collector, kiosk = connected
    forger = type(signer)()
    true = command(signer, "identify")

    collector.say(true, f"{KIOSK}/command")
    collector.say(true, f"{KIOSK}/command")  # replayed
    collector.say(command(forger, "restart"), f"{KIOSK}/command")
    collector.say(command(signer, "restart", kiosk="cho-2"), f"{KIOSK}/command")
    collector.say(command(signer, "restart", minutes=-120), f"{KIOSK}/command")
    collector.say(b"\xff", f"{KIOSK}/command")
    collector.say(command(signer, "pause", minutes=-1), f"{KIOSK}/command")
    collector.say(command(signer, "dance"), f"{KIOSK}/command")
    until(lambda: len(kiosk.given) == 3, "the three that are to be answered")
    until(lambda: figures(collector).extra["commands_refused"] == 5, "five refusals")

    told = [(each.name, each.refusal) for each in kiosk.given]
    assert told == [("identify", ""), ("pause", "expired"), ("dance", "unknown")]


def test_a_command_is_not_given_again_after_a_restart(
    connected: Any, signer: Any, until: Callable[..., None], broker: Any, new_settings: Any
) -> None:
    collector, kiosk = connected
    true = command(signer, "restart")
    collector.say(true, f"{KIOSK}/command")
    until(lambda: kiosk.given, "the command")
    kiosk.disconnect()
    kiosk.connect(new_settings(broker.port, health_every_s=1.0))
    until(lambda: figures(collector).birth == 2, "the next connection")

    collector.say(true, f"{KIOSK}/command")
    until(lambda: figures(collector).extra["commands_refused"] == 1, "the refusal")

    assert len(kiosk.given) == 1


def test_without_the_document_of_keys_no_receipt_counts_until_it_comes(
    broker: Any,
    new_collector: Any,
    kiosk: Any,
    signer: Any,
    new_settings: Any,
    until: Callable[..., None],
) -> None:
    (kiosk.path.parent / "documents" / "keys.json").unlink()
    collector = new_collector(broker)
    kiosk.visits(2)
    kiosk.connect(new_settings(broker.port, resend_s=60.0))
    until(lambda: len(collector.arrived) == 2 and kiosk.fault == "no_keys", "the fault")

    births = len([topic for topic, *_ in collector.others if topic.endswith("/status")])
    collector.say(signer.keys(), "shared/keys", retain=True)
    until(
        lambda: len([t for t, *_ in collector.others if t.endswith("/status")]) > births,
        "the kiosk to ask for its receipt",
    )
    collector.give_receipt()

    until(lambda: kiosk.waiting == 0 and kiosk.fault == "", "the receipt")


def test_a_receipt_for_other_events_than_ours_frees_nothing_and_is_named(
    connected: Any, signer: Any, until: Callable[..., None]
) -> None:
    collector, kiosk = connected
    collector.speaking = False
    kiosk.visits(2)
    until(lambda: len(collector.arrived) == 2, "the rows")
    stream = collector.arrived[0].stream

    other = receipts.Receipt(stream, 2, (), datetime.now(UTC), chain="f" * 64)
    collector.say(receipts.sign(other, signer.receipt_key))
    until(lambda: kiosk.fault == "chain_differs", "the fault")

    assert kiosk.waiting == 2
    collector.give_receipt()
    until(lambda: kiosk.waiting == 0 and kiosk.fault == "", "the true receipt")


def test_what_a_ledger_put_back_from_its_backup_does_not_know_goes_again(
    connected: Any, signer: Any, until: Callable[..., None]
) -> None:
    collector, kiosk = connected
    collector.speaking = False
    visits = kiosk.visits(4)
    until(lambda: len(collector.arrived) == 4, "the rows")
    stream, chains = collector.arrived[0].stream, list(collector.chains)
    before, after = datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=1)

    whole = receipts.Receipt(stream, 4, (), before, chain=chains[3], ledger="a" * 32)
    collector.say(receipts.sign(whole, signer.receipt_key))
    until(lambda: kiosk.waiting == 0, "the receipt")
    restored = receipts.Receipt(stream, 1, (), after, chain=chains[0], ledger="b" * 32)
    collector.say(receipts.sign(restored, signer.receipt_key))

    until(lambda: len(collector.arrived) == 7, "the rows that were lost")
    assert [event.id for event in collector.arrived[4:]] == visits[1:]
    collector.say(receipts.sign(whole, signer.receipt_key))  # a replay of the lost ledger's word
    collector.say(b"the next, by which that one has been heard")
    until(lambda: figures(collector).extra["receipts_refused"] == 1, "both")
    assert kiosk.waiting == 3


def test_the_policy_that_came_down_sets_the_pace(
    connected: Any, signer: Any, until: Callable[..., None], broker: Any
) -> None:
    collector, kiosk = connected
    collector.speaking = False
    pace = {"spread_s": 0.2, "resend_s": 0.5}
    collector.say(signer.document(DocumentKind.POLICY, pace), "shared/policy")
    until(lambda: kiosk.news, "the policy")

    kiosk.visit()

    began_s = time.monotonic()
    until(lambda: len(collector.arrived) >= 2, "the row to go again")
    assert time.monotonic() - began_s < 5.0


def test_a_document_of_the_largest_size_comes_through(
    connected: Any, signer: Any, until: Callable[..., None]
) -> None:
    collector, kiosk = connected
    revoked = [number.to_bytes(16).hex() for number in range(7_000)]

    collector.say(
        signer.document(DocumentKind.REVOCATIONS, {"passes": revoked}), "shared/revocations"
    )

    until(lambda: kiosk.news, "the document")


def test_a_kiosk_that_knows_no_authority_believes_nobody(signer: Any, kiosk: Any) -> None:
    nobody = Documents(kiosk.path.with_name("documents"), KIOSK)
    nobody.read()

    assert nobody.get(DocumentKind.KEYS) is None
    assert nobody.keys.receipt == {}
