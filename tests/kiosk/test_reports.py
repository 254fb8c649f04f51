import queue
import socket
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.reports import (
    EyeBeat,
    ReadingReport,
    Reporter,
    ReportListener,
    UplinkBeat,
    decode,
    encode,
)

READING = ReadingReport("QRCode", b"084190000000||M\xe1\xba\xabu", 123, 4.5)


@pytest.fixture
def loop():
    """A listener on a socket path short enough for the kernel, and what it has delivered."""
    delivered: queue.Queue = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="reports-") as folder:
        listener = ReportListener(Path(folder) / "loop.sock", delivered.put)
        listener.open()
        listener.delivered = delivered
        listener.path = Path(folder) / "loop.sock"
        yield listener
        listener.close()


@pytest.mark.parametrize(
    "report",
    [
        READING,
        EyeBeat("ok", True, 30.0, 0.01, 2.0, 4.0, 0, "too_far"),
        UplinkBeat(True, 3, 0, 1.5, 0.2, "broker_absent"),
    ],
)
def test_a_report_arrives_as_it_was_sent(loop, report):
    reporter = Reporter(loop.path)

    assert reporter.send(report)

    assert loop.delivered.get(timeout=5) == report
    reporter.close()


def test_a_reading_does_not_show_its_bytes_in_a_log():
    assert "084190000000" not in repr(READING)


def test_sending_to_nobody_is_answered_not_raised(tmp_path):
    assert Reporter(tmp_path / "nobody.sock").send(READING) is False


def test_a_reporter_finds_the_loop_again_after_its_restart(loop):
    reporter = Reporter(loop.path)
    reporter.send(READING)
    loop.delivered.get(timeout=5)
    loop.close()
    again = ReportListener(loop.path, loop.delivered.put)
    again.open()

    assert reporter.send(READING)

    assert loop.delivered.get(timeout=5) == READING
    reporter.close()
    again.close()


def test_a_stray_message_does_not_stop_the_listener(loop):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
        stranger.connect(str(loop.path))
        stranger.send(b'{"kind": "reading", "data": 5}')
        stranger.send(encode(READING))

        assert loop.delivered.get(timeout=5) == READING


@given(st.binary(max_size=300))
def test_any_bytes_are_a_report_or_nothing(message):
    assert decode(message) is None or decode(encode(decode(message))) is not None


@given(st.binary(max_size=2953))
def test_every_code_survives_the_socket(data):
    assert decode(encode(ReadingReport("QRCode", data, 1, 1.0))).data == data
