"""A real pseudo-terminal in place of a reader's serial line."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.device_reader import DeviceReader
from hardware.errors import ReaderAbsent
from hardware.scanned_line import MAX_CODE_BYTES, ScannedLine
from hardware.serial_reader import serial_reader

NAME = "Trần Thị Đẹp|01012000".encode()


class Gun:
    """The reader in a hand: its cable can be plugged in and pulled out, its trigger sends bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wire: int | None = None

    def plug_in(self) -> None:
        try:
            self._wire, slave = os.openpty()
        except OSError as error:
            pytest.skip(f"no pseudo-terminal here ({error.strerror}): is /dev/pts mounted?")
        self._path.symlink_to(os.ttyname(slave))
        # an open end keeps the line alive until the reader's own is open
        self._slave = slave

    def send(self, data: bytes) -> None:
        assert self._wire is not None
        while data:
            data = data[os.write(self._wire, data[:512]) :]

    def pull_out(self) -> None:
        if self._wire is not None:
            self._path.unlink()
            os.close(self._slave)
            os.close(self._wire)
            self._wire = None


@pytest.fixture
def gun(tmp_path: Path) -> Iterator[Gun]:
    gun = Gun(tmp_path / "ttyACM0")
    yield gun
    gun.pull_out()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[DeviceReader]:
    reader = serial_reader(tmp_path / "ttyACM0")
    yield reader
    reader.close()


def _opened(reader: DeviceReader) -> None:
    """The line has been set to raw, so that nothing sent from here on is translated."""
    assert reader.code(timeout_s=0.0) is None


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_code_ends_with_cr_or_lf_and_arrives_byte_for_byte(
    gun: Gun, reader: DeviceReader, end: bytes
) -> None:
    gun.plug_in()
    _opened(reader)

    gun.send(NAME + end + b"\x03\x04second" + end)

    assert reader.code(timeout_s=1.0) == NAME
    assert reader.code(timeout_s=1.0) == b"\x03\x04second"
    assert reader.code(timeout_s=0.1) is None


def test_a_code_without_an_end_is_over_after_a_silence(gun: Gun, reader: DeviceReader) -> None:
    gun.plug_in()
    _opened(reader)

    gun.send(NAME)
    began_s = time.monotonic()
    code = reader.code(timeout_s=2.0)

    assert code == NAME
    assert 0.04 <= time.monotonic() - began_s < 1.5


def test_nobody_reading_anything_is_none_after_the_time_allowed(
    gun: Gun, reader: DeviceReader
) -> None:
    gun.plug_in()

    began_s = time.monotonic()

    assert reader.code(timeout_s=0.1) is None
    assert 0.1 <= time.monotonic() - began_s < 1.0


def test_a_reader_that_is_not_there_is_absent_with_path_and_remedy(
    reader: DeviceReader, tmp_path: Path
) -> None:
    with pytest.raises(ReaderAbsent, match=r"ttyACM0.*plugged in"):
        reader.code(timeout_s=0.1)
    reader.close()
    reader.close()


def test_pulled_out_and_plugged_in_again_it_reads_on(gun: Gun, reader: DeviceReader) -> None:
    gun.plug_in()
    _opened(reader)
    gun.send(b"before\rhalf a co")
    assert reader.code(timeout_s=1.0) == b"before"

    gun.pull_out()
    with pytest.raises(ReaderAbsent):
        reader.code(timeout_s=0.2)
    gun.plug_in()
    _opened(reader)
    gun.send(b"after\r")

    assert reader.code(timeout_s=1.0) == b"after"


def test_a_stream_without_any_end_is_no_code(gun: Gun, reader: DeviceReader) -> None:
    gun.plug_in()
    _opened(reader)

    # less than a terminal holds at once, several times
    for _ in range(5):
        gun.send(b"x" * 1000)
        assert reader.code(timeout_s=0.0) is None
    gun.send(b"\rgood\r")

    assert reader.code(timeout_s=1.0) == b"good"


def test_a_rate_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="9601"):
        serial_reader(Path("/dev/ttyACM0"), baud=9601)


@pytest.mark.parametrize("cut", range(1, 12))
def test_it_does_not_matter_how_the_bytes_are_cut(cut: int) -> None:
    sent = b"one\r\ntwo\n\nthree\r"
    line = ScannedLine(silence_s=0.05)

    codes: list[bytes] = []
    for start in range(0, len(sent), cut):
        codes += line.feed(sent[start : start + cut], at_s=0.0)

    assert codes == [b"one", b"two", b"three"]


@pytest.mark.parametrize(
    ("size", "codes"), [(MAX_CODE_BYTES, 1), (MAX_CODE_BYTES + 1, 0)], ids=["longest", "too long"]
)
def test_a_code_may_be_as_long_as_the_cap(size: int, codes: int) -> None:
    line = ScannedLine(silence_s=0.05)

    assert len(line.feed(b"x" * size + b"\r", at_s=0.0)) == codes
    assert line.feed(b"next\r", at_s=0.0) == [b"next"]


def test_a_code_is_never_in_a_repr() -> None:
    line = ScannedLine(silence_s=0.05)
    line.feed(b"secret", at_s=0.0)

    assert "secret" not in repr(line)
