"""The entrance loop with its real parts: a database on disk, gpiozero on mock pins, real parsers."""

import json
import os
import shutil
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hardware.boards import BOARDS
from hardware.lights import Lights
from hardware.pins import mock_pins
from kiosk.attendance import Attendance
from kiosk.credentials import classify
from kiosk.credentials.health_pass import unpack
from kiosk.credentials.pass_issuers import PassIssuer, kid_of
from kiosk.credentials.trust import TrustList
from kiosk.domain.declaration import Consent, Risk
from kiosk.domain.policy import Policy
from kiosk.domain.visit import Door
from kiosk.entrance_parts import Parts
from kiosk.loop import Entrance
from kiosk.pass_desk import PassDesk
from kiosk.privacy.parts import parse_link
from kiosk.privacy.sealing import Context, Part, opened
from kiosk.privacy.tags import tag
from kiosk.reports import EyeBeat, ReadingReport
from kiosk.sealing_desk import SealingDesk
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.people import is_kept
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.store.tags import Entry, Tags
from kiosk.web.feed import Feed
from kiosk.wire import events
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import AuthorityKeys, SealingKey

CARD = "084190000000||Thạch Thị Mẫu|05091990|Nữ|Long Hiệp, Trà Cú, Trà Vinh|15042021".encode()
OTHER_CARD = "084090000001||Trần Văn Thử|05091990|Nam|Long Hiệp, Trà Cú, Trà Vinh|15042021".encode()
BANK = b"00020101021138MADE-UP5303704"
LIMIT_S = 10.0


class Visitor:
    """Somebody at the door: shows codes, fills in the form, and sees what the screen says."""

    def __init__(self, path, door=Door.IN, classify=classify, passes=None, keys=None, people=None):
        self.path = path
        self.keys = keys or AuthorityKeys()
        self.people = people
        self.door = door
        self.classify = classify
        self.passes = passes
        self.feed = Feed()
        self.stop = threading.Event()
        self.seen = []
        self.said = []
        self.turns = 0  # of the loop
        self.entrance = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop)
        self._watch = threading.Thread(target=self._follow)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(LIMIT_S)
        self._watch.start()
        self.beats()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self._thread.join()
        self.feed.close()
        self._watch.join()

    def _loop(self):
        with ExitStack() as stack:
            lights = Lights(BOARDS["entrance-v1"], mock_pins())
            lights.open()
            stack.callback(lights.close)
            outbox = Outbox(self.path, "gate-1", owner=True)
            outbox.open()
            stack.callback(outbox.close)
            parts = Parts(
                door=self.door,
                policy=Policy(),
                outbox=outbox,
                declared=stack.enter_context(DeclaredPeople()),
                tags=stack.enter_context(Tags(self.people)),
                sealing=SealingDesk(lambda: self.keys, lambda: datetime.now(UTC)),
                attendance=Attendance(
                    ZoneInfo("Asia/Ho_Chi_Minh"), datetime.now(UTC), began_empty=True
                ),
                lights=lights,
                feed=self.feed,
                classify=self.classify,
                new_id=lambda: uuid7(time.time_ns() // 1_000_000, os.urandom(10)),
                stamp=partial(read_stamp, read_boot_id()),
                local_time=lambda at: f"{at:%H:%M}",
                today=lambda at: at.date(),
                boot="boot",
                passes=self.passes,
                say=self._hear,
                extras=lambda: {"voice": "no_sound"},
            )
            self.lights = lights
            self.entrance = Entrance(parts, self._turned)
            self._ready.set()
            self.entrance.run(self.stop)

    def _turned(self):
        self.turns += 1

    def _hear(self, name, language):
        """What was said, and what lamp and screen had shown by then."""
        last = self.feed.last()
        green = self.lights.pins()["green"]
        self.said.append((str(name), language, last and last["screen"], green))

    def hears(self, name):
        """Waits until this has been said."""
        deadline_s = time.monotonic() + LIMIT_S
        while name not in [said for said, *_ in self.said]:
            assert time.monotonic() < deadline_s, self.said
            time.sleep(0.01)

    def _follow(self):
        with self.feed.subscribe() as pages:
            while not self.stop.is_set():
                state = pages.next(0.1)
                if state is not None:
                    self.seen.append((state["screen"], state))

    def beats(self):
        self.entrance.deliver(EyeBeat("ok", False, 30.0, 0.0, 1.0, 2.0, 0))

    def shows(self, code, times=1):
        for _ in range(times):
            self.entrance.deliver(ReadingReport("QRCode", code, time.monotonic_ns(), 1.0))

    def screen(self, wanted, occasion=1):
        """The state of the `occasion`-th time this screen was shown."""
        deadline_s = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline_s:
            found = [state for screen, state in list(self.seen) if screen == wanted]
            if len(found) >= occasion:
                return found[occasion - 1]
            time.sleep(0.01)
        pytest.fail(f"{wanted} was not shown; seen: {[screen for screen, _ in self.seen]}")

    def until_faults(self, wanted):
        deadline_s = time.monotonic() + LIMIT_S
        while self.entrance.status().get("faults") != wanted:
            assert time.monotonic() < deadline_s, self.entrance.status()
            time.sleep(0.01)

    def until_status(self, name, wanted):
        deadline_s = time.monotonic() + LIMIT_S
        while self.entrance.status().get(name) != wanted:
            assert time.monotonic() < deadline_s, self.entrance.status()
            time.sleep(0.01)

    def stored(self):
        with Outbox(self.path, "gate-1", owner=False) as outbox:
            return outbox.visit_ids()


@pytest.fixture
def visitor(tmp_path):
    with Visitor(tmp_path / "state.db") as visitor:
        yield visitor


@pytest.fixture
def private():
    """The authority's two sealing keys, private halves: ingest and tracing."""
    return X25519PrivateKey.generate(), X25519PrivateKey.generate()


@pytest.fixture
def sealing(tmp_path, private):
    """A kiosk that has been given the authority's keys."""
    ingest, tracing = (SealingKey(key.public_key(), datetime.now(UTC)) for key in private)
    keys = AuthorityKeys(ingest=(ingest,), tracing=(tracing,))
    with Visitor(tmp_path / "state.db", keys=keys) as visitor:
        yield visitor


def sent_by(visitor):
    """The events as they will go up."""
    with Outbox(visitor.path, "gate-1", owner=False) as outbox:
        return [events.decode(row.payload, "gate-1") for row in outbox.waiting(0, 100)]


def open_part(event, part, private):
    context = Context(event.id, event.kiosk, event.stream, event.seq)
    return opened(part, getattr(event.data, part), private, context)


def test_who_came_goes_up_sealed_and_lies_nowhere_in_clear(sealing, private, tmp_path):
    sealing.shows(CARD)
    sealing.screen("missing")

    [event] = sent_by(sealing)
    link = parse_link(open_part(event, Part.LINK, private[0]))
    contact = json.loads(open_part(event, Part.CONTACT, private[1]))
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
    assert (link.identifiers[0].value, link.name, link.birth_year) == (
        *("084190000000", "thach thi mau", "1990"),
    )
    assert contact["name"] == "Thạch Thị Mẫu"
    for mark in ("084190000000", "Thạch Thị Mẫu", "thach thi mau", "Long Hiệp"):
        assert mark.encode() not in on_disk


def test_answers_and_consent_are_for_the_tracing_officer_alone(sealing, private, tmp_path):
    sealing.shows(CARD)
    pending = sealing.entrance.pending(sealing.screen("missing")["seq"])

    sealing.entrance.declare(
        pending, Risk.NONE, 1, Consent("made-up", "km"), {"travel": "made-up-answer"}
    )

    declared = next(e for e in sent_by(sealing) if e.type.endswith("declaration.v1"))
    contact = json.loads(open_part(declared, Part.CONTACT, private[1]))
    assert contact["answers"] == {"travel": "made-up-answer"}
    assert contact["consent"] == {"text": "made-up", "language": "km"}
    assert b"made-up-answer" not in b"".join(p.read_bytes() for p in tmp_path.glob("state.db*"))


def test_answers_that_no_event_can_hold_are_not_stored_and_the_door_goes_on(sealing):
    much = {f"question-{n}": "ạ" * 120 for n in range(20)}

    declared = sealing.entrance.declare(classify(CARD), Risk.NONE, 1, None, much)

    assert not declared.stored
    sealing.shows(OTHER_CARD)
    sealing.screen("missing")


def test_without_the_keys_of_the_authority_a_visit_counts_and_names_nobody(visitor):
    visitor.shows(CARD)
    visitor.screen("missing")

    [event] = sent_by(visitor)

    assert (event.data.link, event.data.contact) == (None, None)
    visitor.until_status("sealing", "no_keys")


@pytest.fixture
def in_ram():
    if not is_kept(Path("/dev/shm/people.db")):
        pytest.skip("/dev/shm is no tmpfs on this machine")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    yield folder / "people.db"
    shutil.rmtree(folder)


def test_whoever_declared_elsewhere_today_is_accepted_by_the_bare_card(tmp_path, in_ram):
    with Visitor(tmp_path / "state.db", people=in_ram) as visitor:
        known = classify(CARD)
        key = b"k" * 32
        made = tag(key, known.identifiers[0], "1990", "thach thi mau")
        with Tags(in_ram) as fetched:
            fetched.extend(datetime.now(UTC).date(), key, 0, [Entry(made, withdrawn=False)])

        visitor.shows(CARD)

        assert visitor.screen("accepted")["reason"] == "portal"


def test_a_card_without_a_declaration_is_missing_amber_and_on_the_disk(visitor):
    visitor.shows(CARD)

    shown = visitor.screen("missing")
    assert shown["scan_to_light_ms"] < 1000
    assert len(visitor.stored()) == 1
    assert visitor.lights.pins()["green"] is False


def test_whoever_declares_is_accepted_and_the_missing_visit_is_amended(visitor):
    visitor.shows(CARD)
    pending = visitor.entrance.pending(visitor.screen("missing")["seq"])

    declared = visitor.entrance.declare(pending, Risk.NONE, 1)

    assert (declared.outcome, declared.stored) == ("accepted", True)
    visitor.screen("accepted")
    assert len(visitor.stored()) == 2


def test_whoever_declares_a_risk_is_referred(visitor):
    visitor.shows(CARD)
    pending = visitor.entrance.pending(visitor.screen("missing")["seq"])

    assert visitor.entrance.declare(pending, Risk.DECLARED, 1).outcome == "refer"

    visitor.screen("refer")


def test_a_code_held_in_front_of_the_camera_is_one_visit(visitor):
    visitor.shows(CARD, times=300)

    visitor.screen("missing")
    visitor.shows(BANK)
    visitor.screen("not_personal")
    assert len(visitor.stored()) == 1


def test_two_people_within_a_second_are_two_visits(visitor):
    visitor.shows(CARD)
    visitor.shows(OTHER_CARD)

    visitor.screen("missing", occasion=2)
    assert len(visitor.stored()) == 2


def test_when_a_visitor_has_gone_the_loop_rests(visitor):
    visitor.entrance.deliver(EyeBeat("ok", True, 30.0, 0.0, 1.0, 2.0, 0))
    visitor.screen("reading")
    visitor.screen("idle", occasion=2)

    before = visitor.turns
    time.sleep(1.2)

    assert 1 <= visitor.turns - before <= 10


def test_somebody_without_a_code_can_declare_and_is_let_in(visitor):
    assert visitor.entrance.declare(None, Risk.NONE, 1).outcome == "accepted"

    assert len(visitor.stored()) == 1


def test_a_payment_code_is_no_visit(visitor):
    visitor.shows(BANK)

    assert visitor.screen("not_personal")["reason"] == "payment"
    assert visitor.stored() == []


def test_a_silent_eye_is_a_fault_with_a_name_and_heals(visitor):
    assert visitor.screen("fault")["reason"] == "eye"

    visitor.beats()

    visitor.screen("idle", occasion=2)


def test_a_blind_camera_is_a_fault_with_a_name(visitor):
    visitor.entrance.deliver(EyeBeat("black", False, 30.0, 0.0, 1.0, 2.0, 0))

    assert visitor.screen("fault")["reason"] == "camera"


def test_at_a_door_for_both_ways_the_same_card_does_not_leave_within_three_minutes(tmp_path):
    with Visitor(tmp_path / "state.db", Door.BOTH) as visitor:
        visitor.entrance.declare(classify(CARD), Risk.NONE, 1)
        visitor.shows(CARD)

        visitor.screen("already_recorded")
        assert len(visitor.stored()) == 1


def test_nothing_of_a_person_is_written_to_the_disk(visitor, tmp_path):
    visitor.shows(CARD)
    pending = visitor.entrance.pending(visitor.screen("missing")["seq"])
    visitor.entrance.declare(pending, Risk.NONE, 1)

    written = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.name != "ballast")
    for personal in (b"084190000000", "Mẫu".encode(), b"1990"):
        assert personal not in written


def test_a_visit_that_cannot_be_stored_shows_a_fault_and_is_taken_once_it_can(tmp_path):
    database = tmp_path / "state.db"
    with Visitor(database) as visitor:
        with Outbox(database, "gate-1", owner=False) as other:
            other.counts(read_stamp(read_boot_id()))
            _break(database)
        visitor.shows(CARD)

        assert visitor.screen("fault")["reason"] == "storage"
        assert visitor.lights.pins()["green"] is False
        _mend(database)
        visitor.shows(CARD)
        visitor.screen("missing")


def _break(database):
    """Every append fails from now on, as with a disk that refuses to write."""
    import sqlite3

    with sqlite3.connect(database) as db:
        db.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON outbox"
            " BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )
    db.close()


def _mend(database):
    import sqlite3

    with sqlite3.connect(database) as db:
        db.execute("DROP TRIGGER broken")
    db.close()


def test_the_status_names_the_state_of_the_page(visitor):
    visitor.feed.page_heard()

    deadline_s = time.monotonic() + LIMIT_S
    while visitor.entrance.status().get("page") != "alive" and time.monotonic() < deadline_s:
        time.sleep(0.01)

    assert visitor.entrance.status()["page"] == "alive"


def test_a_dead_page_is_a_named_fault_and_the_door_works_on(tmp_path):
    later_s = [0.0]
    visitor = Visitor(tmp_path / "state.db")
    visitor.feed = Feed(clock=lambda: time.monotonic() + later_s[0])
    with visitor:
        visitor.feed.page_heard()

        later_s[0] = 31.0
        visitor.until_faults(["screen"])
        visitor.shows(CARD)
        visitor.screen("missing")

        visitor.feed.page_heard()
        visitor.until_faults([])


@pytest.fixture
def issuing(tmp_path):
    """A door that issues passes, and takes its own."""
    key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
    kid, ends = kid_of(key.public_key()), now + timedelta(hours=72)
    issuer = PassIssuer(kid, key.public_key(), "Chợ Mẫu", now - timedelta(hours=1), ends, b"lender")
    trust = TrustList(now, pass_issuers={kid: issuer})
    with Visitor(
        tmp_path / "state.db",
        classify=lambda data: classify(data, trust=trust, now=datetime.now(UTC)),
        passes=PassDesk(key, issuer, timedelta(hours=24), 1),
    ) as visitor:
        yield visitor


def test_whoever_shows_the_pass_just_made_is_the_one_who_declared(issuing):
    issuing.shows(CARD)
    pending = issuing.entrance.pending(issuing.screen("missing")["seq"])
    declared = issuing.entrance.declare(pending, Risk.NONE, 1)

    issuing.shows(declared.pass_code.encode())

    assert declared.pass_code.startswith("VP1:")
    issuing.screen("already_recorded")
    assert len(issuing.stored()) == 2


def test_the_event_of_the_declaration_carries_the_id_of_the_pass(issuing):
    issuing.shows(CARD)
    pending = issuing.entrance.pending(issuing.screen("missing")["seq"])

    declared = issuing.entrance.declare(pending, Risk.NONE, 1)

    with Outbox(issuing.path, "gate-1", owner=False) as outbox:
        sent = [row.payload for row in outbox.waiting(0, 9)]
    _, said = unpack(declared.pass_code)
    made = [payload for payload in sent if b"declaration.v1" in payload]
    assert [said.pass_id.hex().encode() in payload for payload in made] == [True]


def test_whoever_declares_a_risk_gets_no_pass(issuing):
    issuing.shows(CARD)
    pending = issuing.entrance.pending(issuing.screen("missing")["seq"])

    assert issuing.entrance.declare(pending, Risk.DECLARED, 1).pass_code == ""


def test_what_is_said_comes_after_the_lamp_and_the_screen(visitor):
    visitor.entrance.declare(classify(CARD), Risk.NONE, 1)

    visitor.hears("accepted")
    assert ("accepted", "", "accepted", True) in visitor.said


def test_the_end_of_a_form_is_said_in_the_language_of_whoever_filled_it_in(issuing):
    issuing.entrance.declare(classify(CARD), Risk.NONE, 1, Consent("made-up", "km"))
    issuing.entrance.call_staff()
    issuing.shows(BANK)
    issuing.hears("not_personal")

    said = [(name, language) for name, language, _, _ in issuing.said]
    wanted = [("accepted", ""), ("form_ended", "km"), ("staff_called", ""), ("not_personal", "")]
    assert [each for each in said if each in wanted] == wanted


def test_advice_of_the_eye_is_said_by_its_name(visitor):
    visitor.screen("idle")

    visitor.entrance.deliver(EyeBeat("ok", True, 30.0, 0.0, 1.0, 2.0, 0, "too_far"))

    visitor.hears("too_far")


def test_staff_see_the_state_of_what_a_kiosk_may_do_without(visitor):
    visitor.until_faults([])

    assert visitor.entrance.status()["voice"] == "no_sound"
