"""Real input events, as the kernel writes them, through a named pipe in place of the device."""

import os
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.device_reader import DeviceReader
from hardware.errors import ReaderAbsent
from hardware.key_codes import EVENT, Keys
from hardware.keyboard_reader import keyboard_reader

# what a US keyboard has on its keys, written out: number of the key, what it types, what it types with Shift
KEYS = {
    2: "1!", 3: "2@", 4: "3#", 5: "4$", 6: "5%", 7: "6^", 8: "7&", 9: "8*", 10: "9(", 11: "0)", 12: "-_", 13: "=+",
    16: "qQ", 17: "wW", 18: "eE", 19: "rR", 20: "tT", 21: "yY", 22: "uU", 23: "iI", 24: "oO", 25: "pP",
    26: "[{", 27: "]}", 30: "aA", 31: "sS", 32: "dD", 33: "fF", 34: "gG", 35: "hH", 36: "jJ", 37: "kK",
    38: "lL", 39: ";:", 40: "'\"", 41: "`~", 43: "\\|", 44: "zZ", 45: "xX", 46: "cC", 47: "vV", 48: "bB",
    49: "nN", 50: "mM", 51: ",<", 52: ".>", 53: "/?", 57: "  ",
}  # fmt: skip
SHIFT, CTRL, ALT, ENTER = 42, 29, 56, 28
PAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
OF_CHARACTER = {c: (key, n == 1) for key, pair in KEYS.items() for n, c in enumerate(pair)}


def _event(key: int, value: int) -> bytes:
    """One key event with the scan code before it and the report after it, as the kernel sends them."""
    return (
        EVENT.pack(0, 0, 4, 4, 458_792)
        + EVENT.pack(0, 0, 1, key, value)
        + EVENT.pack(0, 0, 0, 0, 0)
    )


def _tap(*keys: int) -> bytes:
    """Pressed in this order, released in the opposite one."""
    return b"".join(_event(key, 1) for key in keys) + b"".join(
        _event(key, 0) for key in reversed(keys)
    )


def _us(text: str) -> bytes:
    taps = (OF_CHARACTER[c] for c in text)
    return b"".join(_tap(SHIFT, key) if shifted else _tap(key) for key, shifted in taps)


def _alt(data: bytes) -> bytes:
    """Each byte as Alt and four digits of the number pad."""
    return b"".join(
        _event(ALT, 1) + b"".join(_tap(PAD[d]) for d in f"{byte:04d}") + _event(ALT, 0)
        for byte in data
    )


def test_every_printable_ascii_character_is_typed_as_on_a_us_keyboard() -> None:
    printable = string.digits + string.ascii_letters + string.punctuation + " "

    assert Keys().typed(_us(printable)) == printable.encode()


def test_any_byte_comes_through_alt_and_the_number_pad() -> None:
    name = "Trần Thị Đẹp|01012000".encode()

    assert Keys().typed(_alt(name)) == name
    assert Keys().typed(_alt(bytes(range(256)))) == bytes(range(256))


def test_a_number_that_is_no_byte_types_nothing() -> None:
    typed = Keys().typed(_event(ALT, 1) + b"".join(_tap(PAD[d]) for d in "7888") + _event(ALT, 0))

    assert typed == b""


def test_control_and_a_bracket_is_the_separator_of_some_codes() -> None:
    assert Keys().typed(_tap(CTRL, 27)) == b"\x1d"


def test_a_held_key_repeats_and_keys_without_a_character_type_nothing() -> None:
    held = _event(30, 1) + _event(30, 2) + _event(30, 2) + _event(30, 0)
    volume_and_caps_lock = _tap(115) + _tap(58)

    assert Keys().typed(held + volume_and_caps_lock) == b"aaa"


def test_the_number_pad_types_digits_too() -> None:
    assert Keys().typed(b"".join(_tap(PAD[d]) for d in "0123456789")) == b"0123456789"


@pytest.mark.parametrize("cut", [1, 5, 24, 31])
def test_it_does_not_matter_how_the_events_are_cut(cut: int) -> None:
    events = _us("Ab1!")
    keys = Keys()

    typed = b"".join(keys.typed(events[n : n + cut]) for n in range(0, len(events), cut))

    assert typed == b"Ab1!"


@pytest.fixture
def typing(tmp_path: Path) -> Iterator[tuple[DeviceReader, Callable[[bytes], None]]]:
    """A keyboard-type reader at the end of a pipe, and the hand that types."""
    pipe = tmp_path / "event3"
    os.mkfifo(pipe)
    reader = keyboard_reader(pipe, exclusive=False)
    assert reader.code(timeout_s=0.0) is None  # opened
    writing = os.open(pipe, os.O_WRONLY)
    yield reader, lambda events: (os.write(writing, events), None)[1]
    reader.close()
    os.close(writing)


def test_a_code_ends_with_enter(
    typing: tuple[DeviceReader, Callable[[bytes], None]],
) -> None:
    reader, type_ = typing

    type_(_us("0790-X|a") + _tap(ENTER) + _us("next") + _tap(ENTER))

    assert reader.code(timeout_s=1.0) == b"0790-X|a"
    assert reader.code(timeout_s=1.0) == b"next"


def test_a_code_without_enter_is_over_after_a_silence(
    typing: tuple[DeviceReader, Callable[[bytes], None]],
) -> None:
    reader, type_ = typing

    type_(_us("no enter"))

    assert reader.code(timeout_s=2.0) == b"no enter"


def test_what_cannot_be_held_exclusively_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "event3"
    os.mkfifo(pipe)

    with pytest.raises(ReaderAbsent, match="another program"):
        keyboard_reader(pipe).code(timeout_s=0.1)
