"""The desk that prints slips, with a printer that does as it is told: works, runs out, or hangs."""

import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest

from hardware.errors import PaperOut, PrinterAbsent, PrinterTrouble
from hardware.simulated_printer import SimulatedPrinter
from kiosk.slip_desk import SlipDesk

UNTIL = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
LIMIT_S = 10.0


class Troubled:
    """A printer with a trouble, until it is mended. `hangs` until `let_go` is set."""

    def __init__(self, trouble=None, hangs=False, there=True):
        self.trouble = trouble
        self.there = there
        self.began = threading.Event()
        self.let_go = threading.Event()
        if not hangs:
            self.let_go.set()

    def is_there(self):
        return self.there

    def print(self, slip):
        self.began.set()
        assert self.let_go.wait(LIMIT_S)
        if self.trouble is not None:
            raise self.trouble


def blank(slip):
    return np.full((80, 80), 255, np.uint8)


def becomes(printing, state):
    end_s = time.monotonic() + LIMIT_S
    while printing.state != state:
        assert time.monotonic() < end_s, printing.state
        time.sleep(0.005)


def test_a_slip_is_printed_while_whoever_asked_goes_on():
    printer = SimulatedPrinter()
    with SlipDesk(printer, blank, "Chợ Mẫu") as desk:
        printing = desk.print_pass("VP1:MADE-UP", UNTIL)

        becomes(printing, "printed")
    assert printer.last()[0] == 1
    assert desk.state == "ready"


@pytest.mark.parametrize(
    ("trouble", "state"),
    [(PaperOut(""), "out_of_paper"), (PrinterTrouble(""), "stuck"), (PrinterAbsent(""), "absent")],
)
def test_a_trouble_has_its_name_and_ends_with_the_next_slip(trouble, state):
    printer = Troubled(trouble)
    with SlipDesk(printer, blank, "") as desk:
        becomes(desk.print_pass("VP1:MADE-UP", UNTIL), state)
        assert desk.state == ("ready" if state == "absent" else state)

        printer.trouble = None
        becomes(desk.print_pass("VP1:MADE-UP", UNTIL), "printed")

        assert desk.state == "ready"


def test_a_printer_that_hangs_keeps_nobody_waiting():
    printer = Troubled(hangs=True)
    with SlipDesk(printer, blank, "") as desk:
        began_s = time.monotonic()
        first = desk.print_pass("VP1:MADE-UP", UNTIL)
        assert printer.began.wait(LIMIT_S)
        second, third = (desk.print_pass("VP1:MADE-UP", UNTIL) for _ in range(2))
        took_s = time.monotonic() - began_s

        assert [first.state, second.state, third.state] == ["printing", "printing", "stuck"]
        assert took_s < 1.0
        printer.let_go.set()
        becomes(second, "printed")


def test_an_unplugged_printer_is_not_offered_and_staff_see_it():
    desk = SlipDesk(Troubled(there=False), blank, "")

    assert (desk.is_offered, desk.state) == (False, "absent")


def test_the_log_names_the_trouble_and_nothing_of_the_pass(caplog):
    with SlipDesk(Troubled(PaperOut("no paper")), blank, "") as desk:
        becomes(desk.print_pass("VP1:MADE-UP", UNTIL), "out_of_paper")

    assert "no paper" in caplog.text
    assert "MADE-UP" not in caplog.text


def test_closing_ends_the_thread():
    desk = SlipDesk(SimulatedPrinter(), blank, "")
    desk.open()

    desk.close()
    desk.close()

    assert "slips" not in [thread.name for thread in threading.enumerate()]
