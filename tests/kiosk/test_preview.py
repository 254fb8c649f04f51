"""The picture to aim by: newest only, in memory, for two seconds."""

import socket
import tempfile
import time
from pathlib import Path

import pytest

from kiosk.preview import MAX_PICTURE_BYTES, PictureHolder, PictureSender

LIMIT_S = 5.0
ONE = b"\xff\xd8 one"
TWO = b"\xff\xd8 two"


@pytest.fixture
def path():
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        yield Path(folder) / "preview.sock"


@pytest.fixture
def sender(path):
    sender = PictureSender(path)
    yield sender
    sender.close()


def until(condition):
    deadline_s = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_the_newest_picture_replaces_the_one_before(path, sender):
    with PictureHolder(path) as holder:
        assert sender.send(ONE, time.monotonic_ns())
        assert sender.send(TWO, time.monotonic_ns())

        until(lambda: holder.latest() == TWO)


def test_a_picture_is_gone_two_seconds_after_its_frame(path, sender):
    now_ns = [time.monotonic_ns()]
    with PictureHolder(path, clock_ns=lambda: now_ns[0]) as holder:
        sender.send(ONE, now_ns[0])
        until(lambda: holder.latest() == ONE)

        now_ns[0] += 2_100_000_000
        at_once = holder.latest()
        # not only hidden: let go from the memory within half a second, and not back when the clock is
        time.sleep(0.7)
        now_ns[0] -= 2_100_000_000

        assert (at_once, holder.latest()) == (None, None)


def test_nothing_is_sent_while_nobody_listens_and_it_goes_on_when_somebody_does(path, sender):
    before = sender.send(ONE, time.monotonic_ns())

    with PictureHolder(path) as holder:
        assert sender.send(TWO, time.monotonic_ns())
        until(lambda: holder.latest() == TWO)

    assert before is False


def test_a_holder_that_does_not_keep_up_never_holds_up_the_eye(path, sender):
    # a socket that nobody reads
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(path))
        began_s = time.monotonic()
        answers = [sender.send(bytes(13_000), 0) for _ in range(1000)]

    assert answers[-1] is False
    assert time.monotonic() - began_s < 1.0


def test_a_picture_that_is_too_large_is_not_sent(path, sender):
    with PictureHolder(path) as holder:
        assert sender.send(bytes(MAX_PICTURE_BYTES + 1), time.monotonic_ns()) is False
        assert holder.latest() is None


def test_only_the_group_may_hand_in_pictures_and_no_file_stays(path):
    with PictureHolder(path):
        mode = path.stat().st_mode & 0o777

    assert mode == 0o660
    assert list(path.parent.iterdir()) == []
