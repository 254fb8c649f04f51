"""Reading against naive pyzbar and plain zxing-cpp, on the same frames, one thread, CPU time.

    python -m bench.reading [--quick] [--check] [--json FILE]

Photographs come from ../shared/corpus beside the checkout (left out when it is absent); everything else is drawn from
fixed seeds (bench/hard_frames.py, bench/empty_frames.py). "Plain zxing-cpp" is QR Model 2, rotate and invert off;
"naive pyzbar" is `pyzbar.decode(frame)`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import zxingcpp
from pyzbar import pyzbar

from bench import hard_frames
from bench.empty_frames import EmptyDoorway
from bench.report import Figure, Report, parser_of
from hardware.ports import Luma
from kiosk.eye import gate
from kiosk.eye.deep import DeepPlan
from kiosk.eye.picture_file import load_luma
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan
from kiosk.telemetry import percentile

PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "qr-photos"
CHARSETS = ("utf-8", "cp932", "gb18030", "latin-1")
FPS = 30.0
# how much slower than this machine a Pi 5 is taken to be (shared facts, reading section 2)
PI_FACTOR = 2.5
Read = Callable[[Luma], list[bytes]]
_MODEL_2 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])


@dataclass(frozen=True)
class Size:
    stills: int
    sequences: int
    empty: int
    peers_empty: int


FULL = Size(stills=300, sequences=150, empty=100_000, peers_empty=1_000)
QUICK = Size(stills=60, sequences=24, empty=1_500, peers_empty=60)


@dataclass
class Tally:
    """What one reader did with frames whose truth is known."""

    read: int = 0
    wrong: int = 0
    cpu_ms: list[float] = field(default_factory=list)

    def note(self, found: list[bytes], truth: bytes) -> None:
        self.read += truth in found
        self.wrong += any(data != truth for data in found)

    @property
    def mean_ms(self) -> float | None:
        return sum(self.cpu_ms) / len(self.cpu_ms) if self.cpu_ms else None


def main(argv: list[str] | None = None) -> int:
    arguments = parser_of("bench.reading", __doc__ or "").parse_args(argv)
    cv2.setNumThreads(1)
    report = Report("reading", arguments)
    size = QUICK if arguments.quick else FULL
    wrong = _photographs(report)
    wrong += _stills_and_sequences(report, size)
    _first_frames(report, size)
    wrong += _empty(report, size)
    report.add(Figure("wrong bytes or false reads over all sets and empty frames", wrong, goal=0))
    return report.finish()


def _photographs(report: Report) -> int:
    if not PHOTOGRAPHS.is_dir():
        report.progress(f"photographs: left out, {PHOTOGRAPHS.name} is not beside the checkout")
        return 0
    ours, plain, wrong, count = 0, 0, 0, 0
    deep = DeepPlan()
    for picture, text in _with_text():
        count += 1
        report.progress(f"photographs: {count}")
        luma = load_luma(picture)
        found = [code.data or b"" for code in deep.read(luma)]
        ours += bool(found)
        wrong += bool(found) and not any(_says(data, text) for data in found)
        plain += bool(_plain(luma))
    for picture in sorted(PHOTOGRAPHS.glob("falsepositives-*/*.[pjw]*")):
        wrong += bool(deep.read(load_luma(picture)))
    report.add(
        Figure(
            f"shared photographs read, of {count}",
            ours,
            goal=94,
            higher_is_better=True,
            peer="plain zxing-cpp",
            peer_value=plain,
            bound="96 by ten looks (shared facts)",
        )
    )
    return wrong


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


def _stills_and_sequences(report: Report, size: Size) -> int:
    ours, plain, naive, streamed = Tally(), Tally(), Tally(), Tally()
    by_deep = _by(DeepPlan())
    for number, code in enumerate(hard_frames.codes(size.stills), 1):
        report.progress(f"hard stills: {number} of {size.stills}")
        luma = hard_frames.still(code)
        ours.note(_timed(ours, by_deep, luma), code.payload)
        plain.note(_timed(plain, _plain, luma), code.payload)
        naive.read += bool(_naive(luma))  # garbled or not
    for number, code in enumerate(hard_frames.codes(size.sequences), 1):
        report.progress(f"hand-held sequences: {number} of {size.sequences}")
        by_plan = _by(StreamingPlan(ZxingReader()))
        found: list[bytes] = []
        for luma in hard_frames.sequence(code):
            found += _timed(streamed, by_plan, luma)
            if found:
                break
        streamed.note(found, code.payload)
    rate, plain_rate = ours.read / size.stills, plain.read / size.stills
    naive_rate = naive.read / size.stills
    report.add(
        Figure(
            "hard stills read by kiosk read, share",
            rate,
            goal=plain_rate + 0.10,
            higher_is_better=True,
            peer="plain zxing-cpp",
            peer_value=plain_rate,
        )
    )
    report.add(Figure("the same by naive pyzbar (calibration .50-.54)", naive_rate))
    report.add(
        Figure(
            "CPU of a hard still, mean, ms",
            ours.mean_ms,
            peer="plain zxing-cpp",
            peer_value=plain.mean_ms,
        )
    )
    report.add(
        Figure(
            "the same codes as 8-frame sequences, streaming plan, share",
            streamed.read / size.sequences,
            goal=rate,
            higher_is_better=True,
        )
    )
    report.add(Figure("CPU of a frame of them, mean, ms", streamed.mean_ms, goal=4.0))
    return ours.wrong + streamed.wrong


def _first_frames(report: Report, size: Size) -> None:
    """Frames from the first that any plan alone reads to the reading, with a CPU that is slower by PI_FACTOR."""
    late: list[float] = []
    deep = DeepPlan()
    for number, code in enumerate(hard_frames.codes(size.sequences, seed=2), 1):
        report.progress(f"first frames: {number} of {size.sequences}")
        frames = list(hard_frames.sequence(code))
        first = next((k for k, luma in enumerate(frames) if deep.read(luma)), None)
        read_at = _when_read(frames)
        if first is not None and read_at is not None:
            late.append(max(0.0, read_at - first))
    report.add(
        Figure(
            "frames from the first that the deep plan alone reads to the reading, p95",
            percentile(late, 0.95),
            goal=1.5,
        )
    )


def _when_read(frames: list[Luma]) -> float | None:
    """The frame during which the reading comes, when each is looked at as soon as the eye is free."""
    plan, now_frames = StreamingPlan(ZxingReader()), 0.0
    while (k := int(now_frames)) < len(frames):
        began_s = time.process_time()
        found = plan.read(frames[k])
        took_frames = (time.process_time() - began_s) * PI_FACTOR * FPS
        if found:
            return k + took_frames
        now_frames = max(now_frames + took_frames, k + 1.0)
    return None


def _empty(report: Report, size: Size) -> int:
    doorway = EmptyDoorway()
    moving, plain, naive = Tally(), Tally(), Tally()
    by_plan, false_reads = _by(StreamingPlan(ZxingReader())), 0
    for number in range(size.empty):
        report.progress(f"empty frames: {number} of {size.empty}")
        luma = doorway.frame(number)
        false_reads += bool(_timed(moving, by_plan, luma))
        if number < size.peers_empty:
            _timed(plain, _plain, luma)
            _timed(naive, _naive, luma)
    still, state = Tally(), gate.Gate()
    frame = doorway.still()
    for number in range(600):
        luma = frame(number)
        began_s = time.process_time()
        state, glance = gate.glance(state, luma, number / FPS)
        if not glance.look:
            still.cpu_ms.append((time.process_time() - began_s) * 1000)
    report.add(
        Figure(
            "CPU of a moving frame without a code, mean, ms",
            moving.mean_ms,
            goal=4.0,
            peer="naive pyzbar",
            peer_value=naive.mean_ms,
            bound=f"plain zxing-cpp {plain.mean_ms or 0:.2f} ms",
        )
    )
    ratio = (naive.mean_ms or 0.0) / (moving.mean_ms or 1.0)
    report.add(
        Figure("naive pyzbar's CPU for it, times ours", ratio, goal=25.0, higher_is_better=True)
    )
    report.add(Figure("CPU of a static frame, mean, ms", still.mean_ms, goal=0.05))
    return false_reads


def _timed(tally: Tally, read: Read, luma: Luma) -> list[bytes]:
    began_s = time.process_time()
    found = read(luma)
    tally.cpu_ms.append((time.process_time() - began_s) * 1000)
    return found


def _by(plan: DeepPlan | StreamingPlan) -> Read:
    return lambda luma: [code.data for code in plan.read(luma) if code.data is not None]


def _plain(luma: Luma) -> list[bytes]:
    found = zxingcpp.read_barcodes(luma, formats=_MODEL_2, try_rotate=False, try_invert=False)
    return [bytes(code.bytes) for code in found]


def _naive(luma: Luma) -> list[bytes]:
    return [bytes(code.data) for code in pyzbar.decode(luma)]


if __name__ == "__main__":
    raise SystemExit(main())
