"""Reading against naive pyzbar and plain zxing-cpp, on the same frames, one thread each, CPU time.

    python -m bench.reading [--quick] [--check] [--json FILE] [--part PART ...]

Photographs come from ../shared/corpus beside the checkout (left out when it is absent); everything else is drawn from
fixed seeds (bench/hard_frames.py, bench/empty_frames.py). "Plain zxing-cpp" is QR Model 2, rotate and invert off;
"naive pyzbar" is `pyzbar.decode(frame)`. Two processes share the frames; each counts the time of its own thread.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from bench import reading_parts as parts
from bench.reading_parts import Counted, Share
from bench.report import Figure, Report, parser_of
from kiosk.telemetry import percentile

PROCESSES = 2
STATIC_FRAMES = 600
PARTS = ("photographs", "codes", "late", "strings", "empty")
Part = Callable[[str, Callable[[Share], Counted], int, int], Counted]


@dataclass(frozen=True)
class Size:
    stills: int
    sequences: int
    strings: int
    peers_strings: int
    empty: int
    peers_empty: int


FULL = Size(300, 300, 10_000, 1_000, 100_000, 1_000)
QUICK = Size(60, 24, 400, 100, 1_500, 60)


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.reading", __doc__ or "")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this (repeatable)")
    arguments = parser.parse_args(argv)
    report = Report("reading", arguments)
    size, wanted = QUICK if arguments.quick else FULL, arguments.part or PARTS
    wrong = 0
    with _processes(report) as part:
        if "photographs" in wanted:
            wrong += _photographs(report, part)
        if "codes" in wanted:
            wrong += _stills_and_sequences(report, part, size)
        if "late" in wanted:
            _first_frames(report, part, size)
        if "strings" in wanted:
            wrong += _strings(report, part, size)
        if "empty" in wanted:
            wrong += _empty(report, part, size)
    report.add(Figure(f"wrong bytes or false reads in {', '.join(wanted)}", wrong, goal=0))
    return report.finish()


def _stills_and_sequences(report: Report, part: Part, size: Size) -> int:
    rate, wrong = _stills(report, part, size)
    return wrong + _sequences(report, part, size, rate)


@contextmanager
def _processes(report: Report) -> Iterator[Part]:
    with ProcessPoolExecutor(PROCESSES, initializer=parts.alone) as pool:

        def part(name: str, of: Callable[[Share], Counted], count: int, peers: int = 0) -> Counted:
            report.progress(f"{name}: {count}")
            total = Counted()
            shares = [Share(n, PROCESSES, count, peers) for n in range(PROCESSES)]
            for counted in pool.map(of, shares):
                total.add(counted)
            return total

        yield part


def _photographs(report: Report, part: Part) -> int:
    if not parts.PHOTOGRAPHS.is_dir():
        report.progress(
            f"photographs: left out, {parts.PHOTOGRAPHS.name} is not beside the checkout"
        )
        return 0
    seen = part("photographs", parts.photographs, 0, 0)
    report.add(
        Figure(
            f"shared photographs read, of {seen['ours'].seen}",
            seen["ours"].read,
            goal=94,
            higher_is_better=True,
            peer="plain zxing-cpp",
            peer_value=seen["plain"].read,
            bound="96 by ten looks (shared facts)",
        )
    )
    return seen["ours"].wrong + seen["no code"].wrong


def _stills(report: Report, part: Part, size: Size) -> tuple[float, int]:
    seen = part("hard stills", parts.stills, size.stills, 0)
    ours, plain, naive = seen["ours"], seen["plain"], seen["naive"]
    report.add(
        Figure(
            f"hard stills read by kiosk read, of {size.stills}, share",
            ours.rate,
            goal=plain.rate + 0.10,
            higher_is_better=True,
            peer="plain zxing-cpp",
            peer_value=plain.rate,
            bound="calibrated: plain .62-.66",
        )
    )
    report.add(Figure("the same by naive pyzbar", naive.rate, bound="calibrated: .50-.54"))
    report.add(
        Figure(
            "CPU of a hard still, mean, ms",
            ours.mean_ms,
            peer="plain zxing-cpp",
            peer_value=plain.mean_ms,
        )
    )
    return ours.rate, ours.wrong


def _sequences(report: Report, part: Part, size: Size, still_rate: float) -> int:
    seen = part("hand-held sequences", parts.sequences, size.sequences, 0)
    report.add(
        Figure(
            f"the same codes as 8-frame sequences, streaming plan, of {size.sequences}, share",
            seen["sequences"].rate,
            goal=still_rate,
            higher_is_better=True,
        )
    )
    report.add(Figure("CPU of a frame of them, mean of all, ms", seen["frames"].mean_ms, goal=4.0))
    report.add(Figure("the same until the reading, ms", seen["until read"].mean_ms))
    report.add(Figure("CPU of a frame of them, p95, ms", percentile(seen["frames"].cpu_ms, 0.95)))
    return seen["sequences"].wrong


def _first_frames(report: Report, part: Part, size: Size) -> None:
    late = part("first frames", parts.first_frames, size.sequences // 2, 0).numbers
    for peer in ("plain", "naive"):
        report.add(
            Figure(
                "frames from the first that the deep plan alone reads to the reading,"
                f" CPU x {parts.PI_FACTOR}, p95",
                percentile(late["ours"], 0.95),
                goal=1.5 if peer == "plain" else None,
                peer={"plain": "plain zxing-cpp", "naive": "naive pyzbar"}[peer],
                peer_value=percentile(late[peer], 0.95),
                bound=f"never read count as late: ours {sum(late['ours unread']):.0f},"
                f" peer {sum(late[f'{peer} unread']):.0f} of {len(late['ours'])}",
            )
        )
    read = [n for n, unread in zip(late["ours"], late["ours unread"], strict=True) if not unread]
    report.add(Figure("the same, of those that were read, p95", percentile(read, 0.95)))


def _strings(report: Report, part: Part, size: Size) -> int:
    seen = part("strings", parts.strings, size.strings, size.peers_strings)
    for kind, words in (("text", "short Vietnamese texts"), ("bytes", "random bytes")):
        naive = seen[f"naive {kind}"]
        report.add(
            Figure(
                f"wrong or unread, {size.strings} codes of texts and bytes, both plans"
                if kind == "text"
                else "the same",
                2 * size.strings - seen["ours"].read,
                goal=0,
                peer=f"naive pyzbar, share of {naive.seen} {words}",
                peer_value=1 - naive.rate,
                bound=f"plain zxing-cpp {seen['plain'].seen - seen['plain'].read}"
                f" of {seen['plain'].seen}",
            )
        )
    return seen["ours"].wrong


def _empty(report: Report, part: Part, size: Size) -> int:
    seen = part("empty frames", parts.empty, size.empty, size.peers_empty)
    moving, plain, naive = seen["moving"], seen["plain"], seen["naive"]
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
    still = parts.static(Share(0, 1, STATIC_FRAMES))
    report.add(Figure("CPU of a static frame, mean, ms", still["gate"].mean_ms, goal=0.05))
    return moving.wrong


if __name__ == "__main__":
    raise SystemExit(main())
