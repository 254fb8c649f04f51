"""Scan to light and capacity of the whole line, in one run against a naive loop.

    python -m bench.line [--quick] [--check] [--json FILE]

The site is the one of `kiosk simulate`: real processes, broker and database, a simulated camera at 30 frames a second.
The naive loop is `pyzbar.decode` on every full frame, always the newest frame, with nothing else to do. Both see the
same pictures: the simulated camera's frames are drawn again from their seed.
"""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import zxingcpp
from pyzbar import pyzbar

from bench.report import Figure, Report, parser_of
from hardware.ports import Luma
from hardware.presentation import Backdrop, Presentation, View
from hardware.stage import Presented, Scene, Stage
from kiosk.eye import gate
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan
from kiosk.rehearsal.people import citizen_card
from kiosk.rehearsal.pictures import phone
from kiosk.simulation import run, site
from kiosk.simulation.screen import Screen
from kiosk.simulation.supervisor import Supervisor
from kiosk.telemetry import percentile

FPS = 30.0
INTERVAL_MS = 1000 / FPS
VIEW = View(fps=FPS)
FULL, QUICK = 100, 20
# beyond the first frame that plain zxing-cpp alone reads, the lamp may take one frame interval and this
SLACK_MS = 25.0
_MODEL_2 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])


@dataclass(frozen=True)
class Shown:
    """One presentation to the running site, and what came of it."""

    scene: Scene
    presented: Presented
    lit_at_ns: int
    read_to_light_ms: float


@dataclass(frozen=True)
class Seen:
    """What one presentation's frames tell, drawn again. Times are after the presentation began."""

    plain_ms: float | None  # the first frame that plain zxing-cpp reads
    naive_lit_ms: float | None  # when the naive loop has read it
    naive_cpu_ms: list[float]  # a frame
    our_cpu_ms: list[float]  # a frame


def main(argv: list[str] | None = None) -> int:
    arguments = parser_of("bench.line", __doc__ or "").parse_args(argv)
    report = Report("line", arguments)
    count = QUICK if arguments.quick else FULL
    shown = _present(count, report)
    backdrop = Backdrop(VIEW)
    late_ms, naive_late_ms = [], []
    ours, naive = [], []
    for number, one in enumerate(shown, 1):
        seen = _look_again(one, backdrop)
        report.progress(f"frames drawn again: {number} of {len(shown)}")
        ours += seen.our_cpu_ms
        naive += seen.naive_cpu_ms
        if seen.plain_ms is None:
            continue
        began_ns = one.presented.starts_at_ns
        late_ms.append((one.lit_at_ns - began_ns) / 1e6 - seen.plain_ms)
        if seen.naive_lit_ms is not None:
            naive_late_ms.append(seen.naive_lit_ms - seen.plain_ms)
    answered = len(shown) / count
    report.add(
        Figure(
            "codes answered, share",
            value=answered,
            goal=1.0,
            higher_is_better=True,
            peer="naive loop",
            peer_value=len(naive_late_ms) / count,
        )
    )
    report.add(
        Figure(
            "lamp after the first frame that plain zxing-cpp reads, p95, ms",
            value=_share(late_ms, 0.95),
            goal=INTERVAL_MS + SLACK_MS,
            peer="naive loop",
            peer_value=_share(naive_late_ms, 0.95),
            bound=f"one frame interval + {SLACK_MS:.0f} ms",
        )
    )
    report.add(
        Figure(
            "the same, median, ms",
            value=_share(late_ms, 0.50),
            peer="naive loop",
            peer_value=_share(naive_late_ms, 0.50),
        )
    )
    report.add(
        Figure(
            "from the frame that was read to the lamp, p95, ms",
            value=_share([one.read_to_light_ms for one in shown], 0.95),
        )
    )
    report.add(
        Figure(
            "capacity: frames of a visitor one core can look at a second",
            value=1000 / (sum(ours) / len(ours)),
            higher_is_better=True,
            peer="naive loop",
            peer_value=1000 / (sum(naive) / len(naive)),
        )
    )
    return report.finish()


def _present(count: int, report: Report) -> list[Shown]:
    """Show `count` different cards to a running site, one after the other."""
    shown = []
    with _site() as (stage, screen):
        for number in range(count):
            scene = Scene.of_luma(
                phone(citizen_card(number)),
                appear_s=0.5,
                hold_s=1.5,
                leave_s=0.2,
                scale=0.45 + 0.05 * (number % 8),
                seed=number + 1,
            )
            before = screen.seq
            presented = stage.present(scene)
            state = screen.wait(lambda s: "lit_at_ns" in s, before, 3.0)
            if state is not None:
                shown.append(Shown(scene, presented, state["lit_at_ns"], state["scan_to_light_ms"]))
            stage.clear()
            # the next hand comes after this one has gone: no two presentations share a frame
            screen.wait(lambda _: False, screen.seq, 0.3)
            report.progress(f"shown to the running site: {number + 1} of {count}")
    return shown


@contextlib.contextmanager
def _site() -> Iterator[tuple[Stage, Screen]]:
    ports = site.choose_ports(site.Ports(0, 0, 0, 0))
    with tempfile.TemporaryDirectory(prefix="bench-line-") as folder:
        laid = site.lay_out(Path(folder), ports, door="in", seed=VIEW.seed, fps=FPS)
        try:
            with Supervisor(laid.run_dir, laid.log_dir) as supervisor:
                run.start(laid, supervisor)
                with Screen(ports.screen) as screen:
                    screen.wait(lambda shown: shown["screen"] == "idle", -1, 30.0)
                    yield Stage(laid.run_dir / "stage.sock"), screen
        finally:
            laid.remove()


def _look_again(one: Shown, backdrop: Backdrop) -> Seen:
    presentation = Presentation(one.scene, backdrop, one.presented.seed)
    frames = [presentation.luma(k) for k in range(presentation.frames)]
    plain = next((k for k, luma in enumerate(frames) if _plain_reads(luma)), None)
    naive_lit_ms, naive_cpu_ms = _naive_loop(frames)
    return Seen(
        plain_ms=None if plain is None else plain * INTERVAL_MS,
        naive_lit_ms=naive_lit_ms,
        naive_cpu_ms=naive_cpu_ms,
        our_cpu_ms=_our_cpu_ms(frames),
    )


def _plain_reads(luma: Luma) -> bool:
    found = zxingcpp.read_barcode(luma, formats=_MODEL_2, try_rotate=False, try_invert=False)
    return found is not None


def _naive_loop(frames: list[Luma]) -> tuple[float | None, list[float]]:
    """When the loop has read the code, and the CPU time of each of its decodes."""
    now_ms, cpu_ms = 0.0, []
    while (k := int(now_ms / INTERVAL_MS)) < len(frames):
        began_s = time.process_time()
        found = pyzbar.decode(frames[k])
        took_ms = (time.process_time() - began_s) * 1000
        cpu_ms.append(took_ms)
        # a frame can be taken once only: a loop faster than the camera waits for the next
        now_ms = max(now_ms + took_ms, (k + 1) * INTERVAL_MS)
        if found:
            return k * INTERVAL_MS + took_ms, cpu_ms
    return None, cpu_ms


def _our_cpu_ms(frames: list[Luma]) -> list[float]:
    """Gate and plan, as the eye runs them, up to the reading."""
    plan, state, cpu_ms = StreamingPlan(ZxingReader()), gate.Gate(), []
    for k, luma in enumerate(frames):
        began_s = time.process_time()
        state, glance = gate.glance(state, luma, k / FPS)
        found = plan.read(luma) if glance.look else []
        cpu_ms.append((time.process_time() - began_s) * 1000)
        if found:
            break
    return cpu_ms


def _share(values: list[float], share: float) -> float | None:
    return percentile(values, share)


if __name__ == "__main__":
    raise SystemExit(main())
