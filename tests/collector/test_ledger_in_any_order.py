"""Late, repeated and out of order: the ledger is the same in the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.inbox.sorting import sort
from collector.ledger.port import Due, Ledger
from kiosk.wire.events import chain_hash, first_hash

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
# of events 1 to 6; even ones know the time
BOOTS = (1, 1, 2, 2, 3, 4)
STREAMS = ("00112233445566778899aabbccddeeff", "ff112233445566778899aabbccddeeff")

Message = tuple[str, bytes]


def all_messages(make_event: Callable[..., bytes]) -> list[Message]:
    """Two kiosks, two streams, visits over midnight, a notice, and poison with and without a place. Each stream is a
    chain with one break, over four boots of which two know the time."""
    messages: list[Message] = []
    for kiosk in ("cho-1", "cho-2"):
        topic = f"entrance/v1/{kiosk}/event"
        for stream in STREAMS:
            prev = first_hash(stream)
            for seq in range(1, 7):
                at = f"2026-11-23T16:59:{54 + seq:02}Z" if seq < 6 else "2026-11-23T17:00:00Z"
                kind = "notice" if seq == 3 else "visit"
                verdict = ("accepted", "missing", "refer")[seq % 3]
                event = make_event(
                    seq,
                    **{
                        "kiosk": kiosk,
                        "stream": stream,
                        "at": at,
                        "kind": kind,
                        "verdict": verdict,
                    },
                    bootid=f"11111111-2222-3333-4444-{BOOTS[seq - 1]:012}",
                    timequality="ntp" if BOOTS[seq - 1] % 2 == 0 else "unknown",
                    boottime=str(seq * 10**9),
                    prevhash="0" * 64 if seq == 5 else prev,
                )
                messages.append((topic, event))
                prev = chain_hash(event)
            poison = make_event(7, kiosk=kiosk, stream=stream, time="never", prevhash=prev)
            messages.append((topic, poison))
            after = make_event(8, kiosk=kiosk, stream=stream, prevhash=chain_hash(poison))
            messages.append((topic, after))
        messages.append((topic, b"no message"))
    return messages


@given(data=st.data())
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_late_repeated_and_shuffled_events_end_in_the_same_ledger(store, make_event, data) -> None:
    messages = all_messages(make_event)
    ledger_with(store, [messages])
    expected = content(store)
    order = data.draw(st.permutations(range(len(messages))))
    repeats = data.draw(st.lists(st.sampled_from(range(len(messages))), max_size=20))
    batches = data.draw(cuts([messages[index] for index in [*order, *repeats]]))

    due = ledger_with(store, batches)
    found = content(store)
    checked = store.answers.check()

    assert found == expected
    assert checked.faults == []
    assert [[(it.stream, it.seq) for it in kiosk.breaks] for kiosk in checked.kiosks] == [
        [(stream, 5) for stream in STREAMS]
    ] * 2
    # whatever came has been receipted, once all is there: 7 events and a poison in each stream
    last = {(d.kiosk, d.receipt.stream): d.receipt for d in due}
    assert {key: (receipt.upto, receipt.also) for key, receipt in last.items()} == {
        (kiosk, stream): (8, ()) for kiosk in ("cho-1", "cho-2") for stream in STREAMS
    }


@given(data=st.data())
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_receipt_never_names_what_is_not_in_the_ledger(store, make_event, data) -> None:
    numbers = data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=30))
    messages = [("entrance/v1/cho-1/event", make_event(seq)) for seq in numbers]
    batches = data.draw(cuts(messages))

    came: set[int] = set()
    with new_ledger(store) as ledger:
        for batch in batches:
            due = ledger.commit(sort(batch), NOW)
            came |= {sort([message]).events[0].event.seq for message in batch}
            for receipt in (d.receipt for d in due):
                assert {*range(1, receipt.upto + 1), *receipt.also} <= came


@st.composite
def cuts(draw: st.DrawFn, messages: list[Message]) -> list[list[Message]]:
    """`messages` cut into batches."""
    size = draw(st.integers(1, max(1, len(messages))))
    return [messages[start : start + size] for start in range(0, len(messages), size)]


@contextmanager
def new_ledger(store) -> Iterator[Ledger]:
    store.clear()
    ledger = store.ledger()
    ledger.open()
    yield ledger
    ledger.close()


def ledger_with(store, batches: list[list[Message]]) -> list[Due]:
    with new_ledger(store) as ledger:
        due = [d for batch in batches for d in ledger.commit(sort(batch), NOW)]
        while ledger.tidy():
            pass
    return due


def content(store) -> dict[str, list[tuple[object, ...]]]:
    """All that may not depend on the order: everything but how often a thing came."""
    queries = {
        "event": "SELECT kiosk, stream, seq, id, type, at_ms, verdict, message, hash, prevhash, boottime_ns, link,"
        " placed_ms, placed_quality, placed_width_ms FROM event ORDER BY 1, 2, 3",
        "stream": "SELECT kiosk, stream, highest FROM stream ORDER BY 1, 2",
        "chain_break": "SELECT kiosk, stream, seq FROM chain_break ORDER BY 1, 2, 3",
        "boot": "SELECT kiosk, stream, boot_id, first_seq, base_ms, width_ms FROM boot ORDER BY 1, 2, 3",
        "gap": "SELECT * FROM gap ORDER BY 1, 2, 3",
        "quarantine": "SELECT kiosk, channel, reason, payload FROM quarantine ORDER BY 1, 2, 4",
        "visits_of_a_day": "SELECT * FROM visits_of_a_day ORDER BY 1, 2, 3",
        "kiosk": "SELECT * FROM kiosk ORDER BY 1",
    }
    return {name: store.sql(sql) for name, sql in queries.items()}
