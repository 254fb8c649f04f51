"""From the bytes a hand-held reader sends to codes: one ends with CR or LF, or with a silence.

Pure: time is passed in. A reader that can be set to end a code with CR or LF should be; the silence serves those that
cannot, since a code comes in one burst. A code that itself holds line ends (a contact card) comes in pieces.
"""

from dataclasses import dataclass, field

# a QR code holds 2,953 bytes at most; a reader that sends more without an end is no reader
MAX_CODE_BYTES = 4096
_ENDS = frozenset(b"\r\n")


@dataclass(slots=True)
class ScannedLine:
    """`silence_s` is how long nothing must come for a code to be over."""

    silence_s: float
    _bytes: bytearray = field(default_factory=bytearray, repr=False)
    _last_at_s: float = 0.0
    _overlong: bool = False

    def feed(self, received: bytes, at_s: float) -> list[bytes]:
        """The codes that these bytes complete."""
        codes = []
        for byte in received:
            if byte in _ENDS:
                codes += self._end()
            elif len(self._bytes) < MAX_CODE_BYTES:
                self._bytes.append(byte)
            else:
                self._overlong = True
        self._last_at_s = at_s
        return codes

    def quiet(self, at_s: float) -> list[bytes]:
        """The code that the silence up to now completes, if any."""
        return self._end() if at_s - self._last_at_s >= self.silence_s else []

    @property
    def begun(self) -> bool:
        """Part of a code is here and its end is not."""
        return bool(self._bytes)

    def drop(self) -> None:
        """Forget what has begun: the device went away in the middle of it."""
        self._bytes.clear()
        self._overlong = False

    def _end(self) -> list[bytes]:
        code, overlong = bytes(self._bytes), self._overlong
        self.drop()
        return [code] if code and not overlong else []
