"""A keyboard-type reader on a real event device, which the kernel makes from /dev/uinput.

Where there is none: provisioning/virtual-machine.sh FOLDER --test
"""

import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.errors import ReaderAbsent
from hardware.key_codes import EVENT
from hardware.keyboard_reader import keyboard_reader

UINPUT = Path("/dev/uinput")
if not os.access(UINPUT, os.W_OK):
    pytest.skip(
        f"no {UINPUT}: provisioning/virtual-machine.sh FOLDER --test", allow_module_level=True
    )

# linux/uinput.h and linux/input.h
SET_EVENTS, SET_KEYS, SET_UP, CREATE, DESTROY = 0x40045564, 0x40045565, 0x405C5503, 0x5501, 0x5502
SYSTEM_NAME = 0x8040552C
GRAB = 0x40044590
SYN, KEY = 0, 1
SHIFT, ALT, BACKSLASH, ENTER = 42, 56, 43, 28
DIGIT = {"1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10, "0": 11}
PAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
CODE = "084190000000|Thạch Thị Mẫu".encode()


class Plugged:
    """A keyboard at the kernel's own door."""

    def __init__(self) -> None:
        self._control = os.open(UINPUT, os.O_WRONLY)
        fcntl.ioctl(self._control, SET_EVENTS, KEY)
        for key in range(1, 128):
            fcntl.ioctl(self._control, SET_KEYS, key)
        setup = struct.pack("HHHH80sI", 3, 0x0001, 0x0001, 1, b"made-up barcode reader", 0)
        fcntl.ioctl(self._control, SET_UP, setup)
        fcntl.ioctl(self._control, CREATE)
        name = fcntl.ioctl(self._control, SYSTEM_NAME, bytes(64)).rstrip(b"\0").decode()
        (event,) = Path("/sys/devices/virtual/input", name).glob("event*")
        self.path = Path("/dev/input", event.name)

    def pull_out(self) -> None:
        if self._control >= 0:
            fcntl.ioctl(self._control, DESTROY)
            os.close(self._control)
            self._control = -1

    def press(self, *keys: int) -> None:
        """In this order, released in the opposite one."""
        for key, value in [*((key, 1) for key in keys), *((key, 0) for key in reversed(keys))]:
            self._send(KEY, key, value)

    def scan(self, data: bytes) -> None:
        """As a reader types it that is set to send what is no digit by Alt and the number pad, with Enter."""
        for byte in data:
            if chr(byte) in DIGIT:
                self.press(DIGIT[chr(byte)])
            elif byte == ord("|"):
                self.press(SHIFT, BACKSLASH)
            else:
                self._send(KEY, ALT, 1)
                for digit in f"{byte:04}":
                    self.press(PAD[digit])
                self._send(KEY, ALT, 0)
        self.press(ENTER)

    def _send(self, kind: int, code: int, value: int) -> None:
        os.write(self._control, EVENT.pack(0, 0, kind, code, value) + EVENT.pack(0, 0, SYN, 0, 0))
        time.sleep(0.0005)  # as a reader types; the kernel keeps 64 events for whoever is slow


@pytest.fixture
def plugged() -> Iterator[Plugged]:
    keyboard = Plugged()
    yield keyboard
    keyboard.pull_out()


def heard(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except BlockingIOError:
        return b""


def test_what_a_reader_types_arrives_as_one_code_with_its_bytes(plugged: Plugged) -> None:
    reader = keyboard_reader(plugged.path)
    assert reader.code(timeout_s=0.0) is None  # opened and held

    plugged.scan(b"0790|1")
    assert reader.code(timeout_s=5.0) == b"0790|1"

    plugged.scan(b"1")
    plugged.scan(b"2")
    assert [reader.code(timeout_s=5.0) for _ in range(2)] == [b"1", b"2"]
    reader.close()


def test_a_code_of_any_bytes_comes_through_while_the_reader_waits(plugged: Plugged) -> None:
    reader = keyboard_reader(plugged.path)
    assert reader.code(timeout_s=0.0) is None
    codes: list[bytes | None] = []
    waiting = threading.Thread(target=lambda: codes.append(reader.code(timeout_s=20.0)))
    waiting.start()

    plugged.scan(CODE)
    waiting.join(timeout=20.0)

    assert codes == [CODE]
    reader.close()


def test_nobody_else_hears_what_a_held_reader_types(plugged: Plugged) -> None:
    other = os.open(plugged.path, os.O_RDONLY | os.O_NONBLOCK)
    reader = keyboard_reader(plugged.path)
    plugged.scan(b"0")
    assert heard(other) != b""  # before it is held, as the screen would
    assert reader.code(timeout_s=0.0) is None

    plugged.scan(b"084")
    code, leaked = reader.code(timeout_s=5.0), heard(other)
    reader.close()
    plugged.scan(b"0")

    assert (code, leaked) == (b"084", b"")
    assert heard(other) != b""  # given back
    os.close(other)


def test_a_reader_that_another_program_holds_is_absent_with_a_remedy(plugged: Plugged) -> None:
    other = os.open(plugged.path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.ioctl(other, GRAB, 1)
    reader = keyboard_reader(plugged.path)

    with pytest.raises(ReaderAbsent, match="does another program hold it"):
        reader.code(timeout_s=0.3)
    os.close(other)
    plugged.scan(b"1")

    assert reader.code(timeout_s=0.5) is None  # typed while nobody held it: not ours
    plugged.scan(b"2")
    assert reader.code(timeout_s=5.0) == b"2"
    reader.close()


def test_a_reader_pulled_out_in_the_middle_of_a_code_reads_whole_codes_when_it_is_back(
    plugged: Plugged, tmp_path: Path
) -> None:
    by_name = tmp_path / "usb-made-up-event-kbd"
    by_name.symlink_to(plugged.path)
    reader = keyboard_reader(by_name)
    assert reader.code(timeout_s=0.0) is None

    for key in (DIGIT["4"], DIGIT["7"]):
        plugged.press(key)
    plugged.pull_out()
    by_name.unlink()
    with pytest.raises(ReaderAbsent):
        reader.code(timeout_s=0.5)
    again = Plugged()
    by_name.symlink_to(again.path)
    assert reader.code(timeout_s=1.0) is None
    again.scan(b"11")

    assert reader.code(timeout_s=5.0) == b"11"
    reader.close()
    again.pull_out()
