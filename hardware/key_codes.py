"""From key events of a keyboard-type barcode reader to the bytes that it typed. Pure.

The reader has to be set to a US keyboard, whatever the language of the text: then each ASCII character is one key,
with or without Shift. Bytes beyond ASCII come through in the mode that most makers call ALT or "universal": Alt held,
three or four digits typed on the number pad, Alt released, one byte each (0 to 255). Key numbers are those of Linux'
input-event-codes.h, which follow the US layout.
"""

import struct
from dataclasses import dataclass, field

# struct input_event: two longs of time, then type, code, value
EVENT = struct.Struct("@llHHi")
_EV_KEY = 1
_RELEASED, _PRESSED, _REPEATED = 0, 1, 2

_ENTER, _KEYPAD_ENTER, _TAB, _SPACE = 28, 96, 15, 57
_SHIFTS = frozenset((42, 54))
_CONTROLS = frozenset((29, 97))
_ALTS = frozenset((56, 100))
_PAD_DIGITS = {82: 0, 79: 1, 80: 2, 81: 3, 75: 4, 76: 5, 77: 6, 71: 7, 72: 8, 73: 9}

# rows of keys from their first number on: what each types without Shift, and with it
_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
_TYPED = {
    first + offset: (ord(plain), ord(shifted))
    for first, row, shifted_row in _ROWS
    for offset, (plain, shifted) in enumerate(zip(row, shifted_row, strict=True))
} | {
    _SPACE: (0x20, 0x20),
    _TAB: (0x09, 0x09),
    _ENTER: (0x0D, 0x0D),
    _KEYPAD_ENTER: (0x0D, 0x0D),
    55: (ord("*"), ord("*")),
    74: (ord("-"), ord("-")),
    78: (ord("+"), ord("+")),
    83: (ord("."), ord(".")),
    98: (ord("/"), ord("/")),
}


@dataclass(slots=True)
class Keys:
    """Which keys are held down; `typed` takes raw events and gives the bytes they typed."""

    _held: set[int] = field(default_factory=set)
    _number: str = field(default="", repr=False)
    _rest: bytes = field(default=b"", repr=False)

    def typed(self, events: bytes) -> bytes:
        """`events` is what was read from the device; a torn event is kept for the next call."""
        events = self._rest + events
        whole = len(events) - len(events) % EVENT.size
        self._rest = events[whole:]
        typed = bytearray()
        for _, _, kind, code, value in EVENT.iter_unpack(events[:whole]):
            if kind == _EV_KEY:
                typed += self._key(code, value)
        return bytes(typed)

    def forget(self) -> None:
        """All keys are up: the device has just been opened."""
        self._held.clear()
        self._number, self._rest = "", b""

    def _key(self, code: int, value: int) -> bytes:
        if value == _RELEASED:
            self._held.discard(code)
            return self._numbered() if code in _ALTS else b""
        if value == _PRESSED:
            self._held.add(code)
        if self._held & _ALTS:
            if code in _PAD_DIGITS and len(self._number) < 4:
                self._number += str(_PAD_DIGITS[code])
            return b""
        if code in _PAD_DIGITS:
            return b"%d" % _PAD_DIGITS[code]
        return self._character(code)

    def _numbered(self) -> bytes:
        number, self._number = self._number, ""
        return bytes([int(number)]) if number and int(number) <= 0xFF else b""

    def _character(self, code: int) -> bytes:
        if code not in _TYPED:
            return b""
        plain, shifted = _TYPED[code]
        if self._held & _CONTROLS:
            return bytes([shifted & 0x1F])  # Ctrl-] is GS, the separator inside some codes
        return bytes([shifted if self._held & _SHIFTS else plain])
