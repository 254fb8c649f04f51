import os
import queue
import tempfile
import threading
from pathlib import Path

import pytest

from hardware.serial_reader import serial_reader
from kiosk.eye.handheld import report_codes
from kiosk.reports import Reporter, ReportListener

CARD = "084190000000||Thạch Thị Mẫu|05091990|Nữ|Long Hiệp, Trà Cú, Trà Vinh|15042021".encode()


@pytest.fixture
def pseudo_terminal():
    """The hand-held reader's end, and the path where the kiosk finds it."""
    if not Path("/dev/ptmx").exists():
        pytest.skip("there are no pseudo-terminals here")
    try:
        ours, theirs = os.openpty()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal can be had here: {error}")
    yield ours, Path(os.ttyname(theirs))
    os.close(ours)
    os.close(theirs)


def test_what_a_hand_held_reader_reads_goes_down_the_line_of_the_camera(pseudo_terminal):
    ours, device = pseudo_terminal
    delivered, stop = queue.Queue(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="handheld-") as folder:
        listener = ReportListener(Path(folder) / "loop.sock", delivered.put)
        listener.open()
        reporter = Reporter(Path(folder) / "loop.sock")
        thread = threading.Thread(target=report_codes, args=(serial_reader(device), reporter, stop))
        thread.start()
        try:
            report = None
            for _ in range(20):  # the terminal drops what comes before the reader has set it up
                os.write(ours, CARD + b"\r\n")
                try:
                    report = delivered.get(timeout=0.5)
                    break
                except queue.Empty:
                    continue
        finally:
            stop.set()
            thread.join()
            listener.close()

    assert report is not None
    assert report.data == CARD
