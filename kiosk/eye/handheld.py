"""A hand-held barcode reader beside the camera: what it reads goes down the same line."""

import logging
import threading
import time

from hardware.errors import ReaderAbsent
from hardware.ports import CodeReader
from kiosk.reports import ReadingReport, Reporter

log = logging.getLogger(__name__)

WAIT_S = 0.5
ABSENT_PAUSE_S = 1.0
# a hand-held reader does not say which symbology it has read
SYMBOLOGY = "handheld"


def report_codes(reader: CodeReader, reporter: Reporter, stop: threading.Event) -> None:
    """Until `stop`. A reader that is pulled out and put in again goes on reading."""
    absent = False
    try:
        while not stop.is_set():
            try:
                data = reader.code(WAIT_S)
            except ReaderAbsent as error:
                if not absent:
                    log.warning("hand-held reader: %s", error)
                absent = True
                stop.wait(ABSENT_PAUSE_S)
                continue
            absent = False
            if data:
                reporter.send(ReadingReport(SYMBOLOGY, data, time.monotonic_ns(), 0.0))
    finally:
        reader.close()
        reporter.close()
