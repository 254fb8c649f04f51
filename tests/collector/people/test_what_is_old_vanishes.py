"""After its days an event is a link of the chain and a number, and its contact cannot be opened from any copy."""

import base64
import json
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector import documents
from collector.config import CollectorConfig, DocumentsSection, LedgerSection
from collector.days import day_number
from collector.errors import CollectorError
from collector.inbox.day_keys import DayKeys
from collector.inbox.sorting import sort
from collector.inbox.wrapping import unwrapped
from collector.people.retention import days_kept
from kiosk.privacy.sealing import Context, Part, SealError, opened
from kiosk.wire.data import Sealed
from kiosk.wire.documents import DocumentKind
from kiosk.wire.events import chain_hash
from tests.collector.people.conftest import NOW, STREAM

EVENT = "entrance/v1/cho-1/event"
TODAY = day_number(NOW.date())


def contact_in(message: str) -> dict:
    return json.loads(message)["data"]["contact"]


def open_contact(town, message: str) -> bytes | str:
    """As releases do: out of the day's wrapping, then by the tracing key."""
    event = json.loads(message)
    context = Context(event["id"], "cho-1", STREAM, event["seq"])
    contact = event["data"]["contact"]
    found = unwrapped(context, contact["day"], contact["wrapped"], town.days)
    if isinstance(found, str):
        return found
    return opened(Part.CONTACT, found, town.tracing, context)


def gone(town, keep_days: int = 30, **more) -> int:
    return town.people.vanish(TODAY - keep_days, town.others, lambda: NOW, lambda _: None, **more)


def test_a_contact_is_stored_wrapped_and_opens_with_both_keys(town) -> None:
    town.take(town.event(1))
    ((message,),) = town.rows("SELECT message FROM event")
    assert set(contact_in(message)) == {"day", "wrapped"}
    assert b"BUOI MAU" in open_contact(town, message)
    assert town.answers.check().is_whole


def test_a_wrapped_contact_belongs_to_its_event_alone(town) -> None:
    town.take(town.event(1), town.event(2))
    ((first,), (second,)) = town.rows("SELECT message FROM event ORDER BY key")
    moved = json.loads(second)
    moved["data"]["contact"] = contact_in(first)
    assert open_contact(town, json.dumps(moved)) == "not_opened"


def test_the_key_is_on_the_disk_before_what_it_wraps_and_another_process_reads_it(town) -> None:
    town.take(town.event(1))
    again = DayKeys(town.folder / "day-keys")
    assert again.days() == [TODAY]
    assert again.made(TODAY) == town.days.made(TODAY)
    assert ((town.folder / "day-keys").stat().st_mode & 0o777) == 0o700


def test_workers_that_come_at_once_on_a_new_day_wrap_under_one_key(tmp_path) -> None:
    workers = [DayKeys(tmp_path / "day-keys") for _ in range(8)]
    made: list[bytes] = []
    at_once = threading.Barrier(len(workers))

    def make(worker: DayKeys) -> None:
        at_once.wait()
        made.append(worker.made(TODAY))

    threads = [threading.Thread(target=make, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(made) == {DayKeys(tmp_path / "day-keys").of(TODAY)}
    assert len(made) == len(workers)
    assert len(list((tmp_path / "day-keys").iterdir())) == 1


def test_without_a_place_for_the_key_nothing_is_stored(town) -> None:
    (town.folder / "day-keys").write_text("in the way")
    with pytest.raises(CollectorError, match="day_keys_folder"):
        town.take(town.event(1))
    assert town.rows("SELECT count(*) FROM event") == [(0,)]


def test_once_the_key_of_its_day_is_destroyed_no_copy_opens_even_with_the_tracing_key(town) -> None:
    old = NOW - timedelta(days=31)
    town.take(town.event(1, at=old), now=old)
    (message,) = town.copy()
    assert b"BUOI MAU" in open_contact(town, message)
    gone(town)
    town.days.destroy(TODAY - 31)
    assert open_contact(town, message) == "day_key_gone"
    event = json.loads(message)
    context = Context(event["id"], "cho-1", STREAM, event["seq"])
    wrapped = base64.b64decode(contact_in(message)["wrapped"])
    for start in range(40):  # the sealed bytes stand nowhere in it
        with pytest.raises(SealError):
            opened(
                Part.CONTACT,
                Sealed(json.loads(town.sent[0])["data"]["contact"]["key"], wrapped[start:]),
                town.tracing,
                context,
            )


def test_old_events_leave_a_link_and_numbers_and_the_rest_stays(town) -> None:
    old = NOW - timedelta(days=31)
    town.take(town.event(1, at=old), town.event(2, at=old), now=old)
    town.take(town.event(1))
    assert gone(town) == 2
    assert town.rows("SELECT seq FROM event") == [(3,)]
    assert town.rows("SELECT count(*) FROM person") == [(1,)]
    assert town.rows("SELECT count(*) FROM stay") == [(1,)]
    changes = town.rows("SELECT tout FROM stay_change")
    assert not [tout for (tout,) in changes if tout < old.timestamp() + 9e4]
    found = town.answers.check()
    assert found.is_whole, found
    assert town.answers.kiosks(TODAY - 31)[0].today == {"accepted": 2}


def test_the_next_event_still_follows_and_an_old_one_sent_again_stays_gone(town) -> None:
    old = NOW - timedelta(days=31)
    first = town.event(1, at=old)
    town.take(first, now=old)
    gone(town)
    town.take(town.event(1), first)
    assert town.rows("SELECT seq FROM event") == [(2,)]
    found = town.answers.check()
    assert found.is_whole
    assert found.kiosks[0].repeats == 1


def test_it_may_be_interrupted_and_goes_on(town) -> None:
    older, old = NOW - timedelta(days=41), NOW - timedelta(days=40)
    town.take(*(town.event(each, at=older) for each in range(1, 201)), now=older)
    town.take(*(town.event(each, at=old) for each in range(1, 51)), now=old)
    steps = iter([True, False])
    assert gone(town, goes_on=lambda: next(steps)) == 200
    assert town.answers.check().is_whole
    assert gone(town) == 50
    assert town.answers.check().is_whole


def test_what_was_set_aside_vanishes_too_and_its_number_stays_taken(town) -> None:
    old = NOW - timedelta(days=31)
    first = town.event(1, at=old)
    poison = town.make_event(2, stream=STREAM, specversion="9.0", prevhash=town.before)
    homeless = b'{"no": "event"}'
    town.seq, town.before = 2, chain_hash(poison)
    aside = sort((EVENT, payload) for payload in (first.payload, poison, homeless))
    town.ledger.commit(aside, old)
    town.take(town.event(1))  # follows what was set aside

    assert town.people.empty_quarantine(TODAY - 30) == 2

    assert [bytes(row[0]) for row in town.rows("SELECT payload FROM quarantine")] == [b""]
    found = town.answers.check()
    assert found.is_whole, found
    town.ledger.commit(sort([(EVENT, poison)]), NOW)  # it comes again
    assert town.answers.check().is_whole
    assert town.people.empty_quarantine(TODAY - 30) == 0


def test_a_policy_may_keep_for_fewer_days_and_never_for_more(tmp_path) -> None:
    config = CollectorConfig(
        ledger=LedgerSection(retention_days=20), documents=DocumentsSection(tmp_path)
    )
    key = Ed25519PrivateKey.generate()
    for said, kept in ((7, 7), (90, 20), (0, 20), ("7", 20)):
        documents.put(tmp_path, key, DocumentKind.POLICY, {"retention_days": said}, NOW)
        assert days_kept(config) == kept


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_nothing_of_what_vanished_is_left_in_the_file(town) -> None:
    old = NOW - timedelta(days=31)
    town.take(town.event(0xABCDEF0123456789, at=old), now=old)
    mark = (0xABCDEF0123456789).to_bytes(8, "big")
    files = lambda: b"".join(each.read_bytes() for each in town.folder.glob("ledger.db*"))  # noqa: E731
    assert mark in files()
    gone(town)
    assert mark not in files()
