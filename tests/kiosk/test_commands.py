"""A command is taken once, in its time, by the kiosk to whom it speaks."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.commands import Answer, Commands
from kiosk.wire import commands, signed
from kiosk.wire.commands import Command
from kiosk.wire.errors import WireError
from kiosk.wire.ids import uuid7

KEY = Ed25519PrivateKey.generate()
KEYS = signed.by_id([KEY.public_key()])
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def said(number=1, *, name="identify", kiosk="gate-1", issued=NOW, ends=NOW + 5 * MINUTE, key=KEY):
    command_id = uuid7(1_795_482_000_000, number.to_bytes(10))
    return commands.sign(Command(command_id, kiosk, name, issued, ends), key)


def opened(folder):
    found = Commands(folder / "commands.json", "gate-1")
    found.read()
    return found


@pytest.fixture
def taken(tmp_path):
    return opened(tmp_path)


def test_a_true_command_is_to_be_done(taken):
    assert taken.take(said(), KEYS, NOW).answer is Answer.DO


def test_one_of_a_newer_collector_is_answered_and_not_done(taken):
    assert taken.take(said(name="dance"), KEYS, NOW).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("ends", "now", "answer"),
    [
        (NOW + 5 * MINUTE, NOW + 5 * MINUTE, Answer.DO),
        (NOW + 5 * MINUTE, NOW + 6 * MINUTE, Answer.EXPIRED),
        # whatever it says of its own end
        (NOW + timedelta(days=9), NOW + 61 * MINUTE, Answer.EXPIRED),
        # the collector's clock is ahead of ours
        (NOW + 5 * MINUTE, NOW - 9 * MINUTE, Answer.DO),
    ],
)
def test_a_command_has_its_time_and_an_hour_at_most(taken, ends, now, answer):
    assert taken.take(said(ends=ends), KEYS, now).answer is answer


@pytest.mark.parametrize(
    ("payload", "now"),
    [
        pytest.param(said(key=Ed25519PrivateKey.generate()), NOW, id="forged"),
        pytest.param(said(kiosk="gate-2"), NOW, id="for another kiosk"),
        pytest.param(said(), NOW + timedelta(hours=2), id="long over"),
        pytest.param(said(), NOW - timedelta(hours=2), id="from the future"),
        pytest.param(b"[]", NOW, id="none at all"),
    ],
)
def test_what_is_refused_gets_no_answer(taken, payload, now):
    with pytest.raises(WireError):
        taken.take(payload, KEYS, now)


def test_a_command_is_taken_once_also_over_a_restart(taken, tmp_path):
    taken.take(said(), KEYS, NOW)

    for again in (taken, opened(tmp_path)):
        with pytest.raises(WireError):
            again.take(said(), KEYS, NOW + MINUTE)


def test_a_command_that_came_too_late_is_answered_once(taken):
    late = NOW + 10 * MINUTE
    assert taken.take(said(), KEYS, late).answer is Answer.EXPIRED

    with pytest.raises(WireError):
        taken.take(said(), KEYS, late + MINUTE)


def test_what_has_been_taken_is_forgotten_when_it_could_not_be_taken_any_more(taken, tmp_path):
    for number in range(50):
        taken.take(said(number), KEYS, NOW)
    later = NOW + timedelta(hours=3)

    taken.take(said(99, issued=later, ends=later + MINUTE), KEYS, later)

    assert len((tmp_path / "commands.json").read_bytes()) < 100


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"a":1}', b'{"a', b"\xff"])
def test_a_damaged_list_of_what_was_taken_stops_nothing(tmp_path, damage):
    (tmp_path / "commands.json").write_bytes(damage)

    assert opened(tmp_path).take(said(), KEYS, NOW).answer is Answer.DO
