"""What bench.reading measures, cut into shares that can run beside each other: each gives plain numbers to be added up.

A share is every so-many-th of the frames. Time is that of the thread (`time.thread_time`), so that two shares on two
cores do not count each other's; a busy machine still makes caches colder and figures worse.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import cv2
import numpy as np
import segno
import zxingcpp
from pyzbar import pyzbar

from bench import hard_frames, payloads
from bench.empty_frames import EmptyDoorway
from hardware.ports import Luma
from kiosk.eye import gate
from kiosk.eye.deep import DeepPlan
from kiosk.eye.picture_file import load_luma
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan

PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "qr-photos"
CHARSETS = ("utf-8", "cp932", "gb18030", "latin-1")
FPS = 30.0
# plain zxing-cpp reads .647 and naive pyzbar .503 of its first 300 stills, as the table is calibrated for
SEED = 4
# how much slower than this machine a Pi 5 is taken to be (shared facts, reading section 2)
PI_FACTOR = 2.5
Read = Callable[[Luma], list[bytes]]
_MODEL_2 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])
_RUN_FRAMES = 30  # of one scene of a doorway


@dataclass(frozen=True)
class Share:
    """Number `index` of `of`; of `count` things in all, and of `peers` for the slow peers."""

    index: int
    of: int
    count: int
    peers: int = 0

    def numbers(self) -> Iterator[int]:
        return iter(range(self.index, self.count, self.of))


@dataclass
class Tally:
    """What one reader did with images whose truth is known."""

    seen: int = 0
    read: int = 0
    wrong: int = 0
    cpu_ms: list[float] = field(default_factory=list)

    def note(self, found: list[bytes], truth: bytes | None) -> None:
        self.seen += 1
        self.read += truth is not None and truth in found
        self.wrong += any(data != truth for data in found)

    @property
    def rate(self) -> float:
        return self.read / max(1, self.seen)

    @property
    def mean_ms(self) -> float | None:
        return sum(self.cpu_ms) / len(self.cpu_ms) if self.cpu_ms else None


@dataclass
class Counted:
    """The tallies of one part, by name; and single numbers, such as how late a reading came."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    numbers: dict[str, list[float]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())

    def note(self, name: str, number: float) -> None:
        self.numbers.setdefault(name, []).append(number)

    def add(self, other: "Counted") -> None:
        for name, tally in other.tallies.items():
            for part in fields(Tally):
                setattr(
                    self[name],
                    part.name,
                    getattr(self[name], part.name) + getattr(tally, part.name),
                )
        for name, numbers in other.numbers.items():
            self.numbers.setdefault(name, []).extend(numbers)


def photographs(share: Share) -> Counted:
    """Those of the shared corpus; nothing where it is absent. A text counts when it is right in one of `CHARSETS`."""
    counted, deep = Counted(), DeepPlan()
    for picture, text in list(_with_text())[share.index :: share.of]:
        luma = load_luma(picture)
        found = [code.data or b"" for code in deep.read(luma)]
        right = any(_says(data, text) for data in found)
        counted["ours"].note([b"right" if right else b"wrong"] if found else [], b"right")
        counted["plain"].note([b""] * bool(_plain(luma)), b"")
    for picture in sorted(PHOTOGRAPHS.glob("falsepositives-*/*.[pjw]*"))[share.index :: share.of]:
        counted["no code"].note(_by(deep)(load_luma(picture)), None)
    return counted


def _with_text() -> Iterator[tuple[Path, str]]:
    """The photographs of single codes, each with what it says."""
    for text in sorted(PHOTOGRAPHS.glob("qrcode-[1-6]/*.txt")):
        if text.name.endswith(".result.txt"):
            continue
        for suffix in (".webp", ".png", ".jpg"):
            picture = text.with_suffix(suffix)
            if picture.exists():
                yield picture, text.read_text(encoding="utf-8").replace("\r\n", "\n").strip()


def _says(data: bytes, text: str) -> bool:
    for charset in CHARSETS:
        try:
            if data.decode(charset).replace("\r\n", "\n").strip() == text:
                return True
        except UnicodeDecodeError:
            continue
    return False


def stills(share: Share) -> Counted:
    counted, by_deep = Counted(), _by(DeepPlan())
    codes = hard_frames.codes(share.count, SEED)
    for number in share.numbers():
        luma, truth = hard_frames.still(codes[number]), codes[number].payload
        _timed(counted["ours"], by_deep, luma, truth)
        _timed(counted["plain"], _plain, luma, truth)
        found = _naive(luma)
        counted["naive"].note([truth] * bool(found), truth)  # garbled or not
    return counted


def sequences(share: Share) -> Counted:
    """All eight frames of each, as the eye sees them: it goes on looking after the reading."""
    counted = Counted()
    codes = hard_frames.codes(share.count, SEED)
    for number in share.numbers():
        truth, by_plan = codes[number].payload, _by(StreamingPlan(ZxingReader()))
        frames, until_read = Tally(), Tally()
        seen: set[bytes] = set()
        for luma in hard_frames.sequence(codes[number]):
            reading = bool(seen)
            seen.update(_timed(frames, by_plan, luma, truth))
            if not reading:
                until_read.cpu_ms.append(frames.cpu_ms[-1])
        counted["sequences"].note(sorted(seen), truth)
        counted["frames"].cpu_ms += frames.cpu_ms
        counted["until read"].cpu_ms += until_read.cpu_ms
    return counted


def first_frames(share: Share) -> Counted:
    """By how many frames a reading comes after the first frame that the deep plan alone reads; other codes than above.

    The CPU is taken to be slower by PI_FACTOR. A code that is never read comes as late as its last frame.
    """
    counted, deep = Counted(), DeepPlan()
    codes = hard_frames.codes(share.count, seed=2)
    for number in share.numbers():
        frames = list(hard_frames.sequence(codes[number]))
        first = next((k for k, luma in enumerate(frames) if deep.read(luma)), None)
        if first is None:
            continue
        for name, read in (
            ("ours", _by(StreamingPlan(ZxingReader()))),
            ("plain", _plain),
            ("naive", _naive),
        ):
            read_at = _when_read(frames, read)
            counted.note(name, max(0.0, (len(frames) if read_at is None else read_at) - first))
            counted.note(f"{name} unread", read_at is None)
    return counted


def _when_read(frames: list[Luma], read: Read) -> float | None:
    """The frame during which the reading comes, when each is looked at as soon as the reader is free."""
    now_frames = 0.0
    while (k := int(now_frames)) < len(frames):
        began_s = time.thread_time()
        found = read(frames[k])
        took_frames = (time.thread_time() - began_s) * PI_FACTOR * FPS
        if found:
            return k + took_frames
        now_frames = max(now_frames + took_frames, k + 1.0)
    return None


def strings(share: Share) -> Counted:
    """Short Vietnamese texts and random bytes in clean codes, every second one each; peers see the first ones only."""
    counted, by_deep = Counted(), _by(DeepPlan())
    for number in share.numbers():
        rng = np.random.default_rng([5, number])
        text = number % 2 == 0
        truth = payloads.short_name(rng) if text else rng.bytes(int(rng.integers(1, 120)))
        luma = _clean(truth, mask=number // 2 % 8)
        _timed(counted["ours"], _by(StreamingPlan(ZxingReader())), luma, truth)
        _timed(counted["ours"], by_deep, luma, truth)
        if number < share.peers:
            counted["plain"].note(_plain(luma), truth)
            kind = "naive text" if text else "naive bytes"
            counted[kind].note(_naive(luma), truth)
    return counted


def _clean(data: bytes, mask: int) -> Luma:
    code = segno.make(data, mode="byte", error="m", mask=mask, micro=False, boost_error=False)
    dark = np.pad(np.array([list(row) for row in code.matrix], np.uint8), 4)
    light = np.where(dark == 0, 235, 20).astype(np.uint8)
    return np.asarray(np.kron(light, np.ones((4, 4), np.uint8)), np.uint8)


def empty(share: Share) -> Counted:
    """Runs of moving frames of one scene each, the plan going on from run to run."""
    doorway, counted = EmptyDoorway(), Counted()
    by_plan = _by(StreamingPlan(ZxingReader()))
    for run in range(share.index, -(-share.count // _RUN_FRAMES), share.of):
        last = min((run + 1) * _RUN_FRAMES, share.count)
        for number in range(run * _RUN_FRAMES, last):
            luma = doorway.frame(number)
            _timed(counted["moving"], by_plan, luma, None)
            if number < share.peers:
                _timed(counted["plain"], _plain, luma, None)
                _timed(counted["naive"], _naive, luma, None)
    return counted


def static(share: Share) -> Counted:
    """Frames of a scene in which nothing moves, that the gate spares the plan."""
    frame, state, counted = EmptyDoorway().still(), gate.Gate(), Counted()
    for number in range(share.count):
        luma = frame(number)
        began_s = time.thread_time()
        state, glance = gate.glance(state, luma, number / FPS)
        took_ms = (time.thread_time() - began_s) * 1000
        if not glance.look:
            counted["gate"].cpu_ms.append(took_ms)
    return counted


def _timed(tally: Tally, read: Read, luma: Luma, truth: bytes | None) -> list[bytes]:
    began_s = time.thread_time()
    found = read(luma)
    tally.cpu_ms.append((time.thread_time() - began_s) * 1000)
    tally.note(found, truth)
    return found


def _by(plan: DeepPlan | StreamingPlan) -> Read:
    return lambda luma: [code.data for code in plan.read(luma) if code.data is not None]


def _plain(luma: Luma) -> list[bytes]:
    found = zxingcpp.read_barcodes(luma, formats=_MODEL_2, try_rotate=False, try_invert=False)
    return [bytes(code.bytes) for code in found]


def _naive(luma: Luma) -> list[bytes]:
    return [bytes(code.data) for code in pyzbar.decode(luma)]


def alone() -> None:
    """One thread for each process, as a frame is read."""
    cv2.setNumThreads(1)
