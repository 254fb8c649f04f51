"""The thief of docs/privacy.md: what is said there, no more and no less, is what he gets."""

import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.domain.declaration import Consent, Declaration, Risk, Source
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme
from kiosk.domain.names import folded_name
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.privacy.pseudonym import pseudonym
from kiosk.privacy.tags import tag
from kiosk.sealing_desk import SealingDesk
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.people import is_kept
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.store.tags import Entry, Tags
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import AuthorityKeys, SealingKey

TODAY = date(2026, 11, 24)
DAY_KEY = b"k" * 32
NUMBER, NAME, YEAR = "084090000000", "Thạch Thị Mẫu", "1990"
HOA = Identity(
    CodeKind.CCCD,
    (Identifier(Scheme.CCCD, NUMBER),),
    name=NAME,
    birth=f"{YEAR}-02-03",
    address="Ấp Mẫu, Trà Vinh",
    phone="0900000000",
)
ANSWERS = {"symptoms": ("made-up-cough",), "travel": "made-up-village"}
MARKS = (
    NUMBER,
    NAME,
    folded_name(NAME),
    "Ấp Mẫu",
    "0900000000",
    "made-up-cough",
    "made-up-village",
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state folder of a kiosk where somebody has declared and come in, power off."""
    keys = [SealingKey(X25519PrivateKey.generate().public_key(), datetime.now(UTC)) for _ in "it"]
    authority = AuthorityKeys(ingest=(keys[0],), tracing=(keys[1],))
    desk = SealingDesk(lambda: authority, lambda: datetime.now(UTC))
    folder = tmp_path / "state"
    folder.mkdir()
    with Outbox(folder / "state.db", "cho-1", owner=True) as outbox:
        now = datetime.now(UTC)
        declaration = Declaration(new_id(), now, Source.KIOSK_FORM, Risk.NONE, 1)
        accepted = Verdict(Outcome.ACCEPTED, "kiosk_form")
        visit = Visit(new_id(), now, Direction.IN, accepted, CodeKind.CCCD)
        seal = desk.sealer(HOA, ANSWERS, Consent("made-up", "km"))
        outbox.append_pair(declaration, visit, read_stamp(read_boot_id()), seal)
        # a copy while it lives: what a power cut would leave, write-ahead log included
        shutil.copytree(folder, tmp_path / "stolen")
    return tmp_path / "stolen"


@pytest.fixture
def memory() -> Iterator[Path]:
    """/run/kiosk of a kiosk that runs: somebody has declared here, somebody elsewhere."""
    if not is_kept(Path("/dev/shm/people.db")):
        pytest.skip("/dev/shm is no tmpfs on this machine")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    declaration = Declaration(new_id(), datetime.now(UTC), Source.KIOSK_FORM, Risk.NONE, 1)
    entry = Entry(tag(DAY_KEY, HOA.identifiers[0], YEAR, folded_name(NAME)), withdrawn=False)
    with DeclaredPeople(folder / "people.db") as people, Tags(folder / "people.db") as tags:
        people.remember(HOA, declaration)
        tags.extend(TODAY, DAY_KEY, 0, [entry])
        yield folder / "people.db"
    shutil.rmtree(folder)


def new_id() -> str:
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_card_taken_out_names_nobody_in_any_spelling(state: Path) -> None:
    found = everything_in(state)

    assert b"vn.entrance.visit.v1" in found  # the search would find what is there
    for mark in MARKS:
        for spelling in (mark.encode(), mark.encode("utf-16-le"), mark.encode().hex().encode()):
            assert spelling not in found


def test_a_card_taken_out_holds_no_key_that_opens_anything(state: Path) -> None:
    found = everything_in(state)

    assert b"PRIVATE KEY" not in found
    assert re.search(rb'"key":"[0-9a-f]{16}"', found)  # only which key would open it


def test_memory_names_nobody_by_itself(memory: Path) -> None:
    found = everything_in(memory.parent)

    assert DAY_KEY in found  # the search would find what is there
    assert not any(mark.encode() in found for mark in MARKS)


def test_with_the_days_key_he_can_ask_only_about_whom_he_knows_already(memory: Path) -> None:
    with Tags(memory) as stolen:
        whole = stolen.knows(HOA, TODAY)
        number_alone = stolen.knows(Identity(CodeKind.CCCD, HOA.identifiers), TODAY)
        another_day = stolen.knows(HOA, TODAY + timedelta(days=1))

    assert (whole, number_alone, another_day) == (True, False, False)


def test_numbers_of_who_declared_here_can_be_tried_out_while_it_runs(memory: Path) -> None:
    with closing(sqlite3.connect(f"file:{memory}?mode=ro", uri=True)) as stolen:
        [[door_key]] = stolen.execute("SELECT key FROM door_key").fetchall()
        known = {row[0] for row in stolen.execute("SELECT key FROM known")}

    guesses = [f"08409000000{last}" for last in range(10)]
    hits = [number for number in guesses if pseudonym(door_key, Scheme.CCCD, number) in known]

    assert hits == [NUMBER]  # docs/privacy.md says so: this is the price of knowing people again
