"""A real pseudo-terminal in place of a receipt printer's line; somebody at its other end who prints, or does not."""

import os
import select
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from hardware.errors import PaperOut, PrinterAbsent, PrinterTrouble
from hardware.escpos import WIDEST_PX, encode, paper
from hardware.simulated_printer import SimulatedPrinter
from hardware.slip_printer import DevicePrinter

ASKED = b"\x10\x04\x04"
ENOUGH, ENDED = b"\x12", b"\x72"


def slip(height_px=700, width_px=384):
    picture = np.full((height_px, width_px), 255, np.uint8)
    picture[20:80, 40:200] = 0
    picture[height_px - 30 :, 7] = 0
    return picture


class FarEnd:
    """The printer's side of the line: takes bytes, and answers each question about paper with the next of `answers`."""

    def __init__(self, path, answers=(), takes=True):
        try:
            self._master, self._slave = os.openpty()
        except OSError as error:
            pytest.skip(f"no pseudo-terminal here ({error.strerror}): is /dev/pts mounted?")
        path.symlink_to(os.ttyname(self._slave))
        self._answers = list(answers)
        self._takes = takes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._print)
        self.received = b""
        self.printed = threading.Event()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _print(self):
        asked = 0
        while not self._stop.is_set():
            if not self._takes or not select.select([self._master], [], [], 0.02)[0]:
                self._stop.wait(0.02)
                continue
            self.received += os.read(self._master, 65536)
            while self.received.count(ASKED) > asked:
                asked += 1
                if self._answers:
                    os.write(self._master, self._answers.pop(0))
            if self.received.replace(ASKED, b"").endswith(b"\x1dV\x00"):
                self.printed.set()

    @property
    def slip(self):
        return paper(self.received.replace(ASKED, b""))


@pytest.fixture
def device(tmp_path):
    return tmp_path / "lp0"


def test_what_stands_on_the_paper_is_the_picture(device):
    with FarEnd(device, [ENOUGH, ENOUGH]) as far:
        DevicePrinter(device, baud=115200).print(slip())

        assert far.printed.wait(5)
        shown = far.slip
    assert np.array_equal(shown[:700], slip())
    assert (shown[700:] == 255).all()


def test_a_printer_that_can_only_listen_is_taken_at_its_silence(device):
    with FarEnd(device) as far:
        DevicePrinter(device, baud=115200).print(slip())

        assert far.printed.wait(5)
        assert np.array_equal(far.slip[:700], slip())


def test_an_empty_roll_is_told_before_anything_is_sent(device):
    with FarEnd(device, [ENDED]) as far:
        with pytest.raises(PaperOut, match="no paper"):
            DevicePrinter(device, baud=115200).print(slip())

        assert far.received.replace(ASKED, b"") == b""


def test_a_roll_that_ends_within_a_slip_is_told(device):
    with (
        FarEnd(device, [ENOUGH, ENDED]),
        pytest.raises(PaperOut),
    ):
        DevicePrinter(device, baud=115200).print(slip())


def test_what_answered_before_and_not_after_has_stopped(device):
    printer = DevicePrinter(device, baud=115200, limit_s=0.5)

    with FarEnd(device, [ENOUGH]), pytest.raises(PrinterTrouble, match="does not go on") as told:
        printer.print(slip())

    assert told.value.state == "stuck"


def test_a_printer_that_takes_no_data_is_given_up_in_time(device):
    began_s = time.monotonic()

    with FarEnd(device, takes=False), pytest.raises(PrinterTrouble) as told:
        DevicePrinter(device, baud=4_000_000, limit_s=0.5).print(slip(height_px=4000))

    assert told.value.state == "stuck"
    assert time.monotonic() - began_s < 5


def test_an_unplugged_printer_is_absent_and_found_again(device):
    printer = DevicePrinter(device, baud=115200)

    assert not printer.is_there()
    with pytest.raises(PrinterAbsent, match="plugged in"):
        printer.print(slip())
    with FarEnd(device, [ENOUGH, ENOUGH]) as far:
        assert printer.is_there()
        printer.print(slip())
        assert far.printed.wait(5)


def test_a_file_that_is_no_serial_line_is_no_serial_printer(tmp_path):
    (tmp_path / "lp0").write_bytes(b"")

    with pytest.raises(PrinterAbsent):
        DevicePrinter(tmp_path / "lp0", baud=9600).print(slip())


def test_a_rate_that_no_line_has_is_refused(tmp_path):
    with pytest.raises(ValueError, match="9601"):
        DevicePrinter(tmp_path / "lp0", baud=9601)


def test_a_slip_wider_than_the_paper_is_refused():
    with pytest.raises(ValueError, match="576"):
        encode(slip(width_px=WIDEST_PX + 8))


def test_a_stream_that_is_none_of_ours_is_no_slip():
    with pytest.raises(ValueError, match="byte 2"):
        paper(b"\x1b@Hello")
    with pytest.raises(ValueError, match="cut off"):
        paper(encode(slip())[:500])


def test_the_simulated_printer_keeps_the_last_slip():
    printer = SimulatedPrinter()
    assert printer.last() is None

    printer.print(slip(200))
    printer.print(slip(300))

    number, shown = printer.last()
    assert number == 2
    assert np.array_equal(shown[:300], slip(300))


def test_making_the_first_slip_leaves_nothing_behind(tmp_path):
    first = (
        "import numpy as np; from hardware.escpos import encode; "
        "print(len(encode(np.full((40, 384), 255, np.uint8))))"
    )

    done = subprocess.run(
        [sys.executable, "-c", first],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert int(done.stdout) > 40 * 48
    assert list(tmp_path.iterdir()) == []
