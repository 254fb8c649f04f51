"""Advice to whoever holds a code wrongly: is it right, how often does it come, and when?

    python -m bench.guidance [--quick] [--check] [--json FILE] [--seed N]

Sequences of two seconds with one known cause each (`bench/held_codes.py`), and as many to which no advice belongs. The
frames go through the streaming plan and the guidance as in the eye. The limits in
`kiosk/eye/advice.py` were set on seed 1; the figures are those of seed 2.
"""

import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from bench.empty_frames import EmptyDoorway
from bench.held_codes import FPS, Cause, Control, held
from bench.report import Figure, Report, parser_of
from kiosk.eye.guidance import Hints
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan

FULL, QUICK = 40, 12  # sequences of each kind
FRAMES = 60
SEED = 2
LEAST_PRECISION = 0.95
LATEST_S = 1.5
LEAST_TOLD = 0.7  # of the sequences that are not read
MOST_MS = 0.4  # a frame in which something moves; the plan takes the rest of the four


@dataclass
class Outcome:
    """Of all sequences of one kind. `told` counts each word once a sequence."""

    sequences: int = 0
    read: int = 0
    told: Counter[str] = field(default_factory=Counter)
    in_time: int = 0  # not read, and told the cause
    after_s: list[float] = field(default_factory=list)


def run(kind: Cause | Control, count: int, seed: int) -> Outcome:
    outcome = Outcome()
    for number in range(count):
        _one(kind, seed * 10_007 + number, outcome)
    return outcome


def _one(kind: Cause | Control, seed: int, outcome: Outcome) -> None:
    plan, hints = StreamingPlan(ZxingReader()), Hints()
    words: dict[str, float] = {}
    read = False
    for number, luma in enumerate(held(kind, seed, FRAMES)):
        now_s = number / FPS
        if plan.read(luma):
            read = True
            hints.read(now_s)
        else:
            hints.note(luma, now_s, plan.corners)
        if hints.word:
            words.setdefault(str(hints.word), now_s)
    outcome.sequences += 1
    outcome.read += read
    outcome.told.update(words.keys())
    if kind in words:
        outcome.after_s.append(words[kind])
        outcome.in_time += not read and words[kind] <= LATEST_S


def price_ms(frames: int, seed: int) -> float:
    """CPU a frame, mean, that advice adds where a doorway moves and no code is held up."""
    doorway, plan, hints = EmptyDoorway(seed), StreamingPlan(ZxingReader()), Hints()
    spent_s = 0.0
    for number in range(frames):
        luma = doorway.frame(number)
        plan.read(luma)
        began_s = time.thread_time()
        hints.note(luma, number / FPS, plan.corners)
        spent_s += time.thread_time() - began_s
    return spent_s * 1000 / frames


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.guidance", __doc__ or "")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="other sequences")
    arguments = parser.parse_args(argv)
    report = Report("guidance", arguments)
    count = QUICK if arguments.quick else FULL
    kinds: list[Cause | Control] = [*Cause, *Control]
    outcomes: dict[Cause | Control, Outcome] = {}
    for kind in kinds:
        report.progress(f"sequences: {kind}")
        outcomes[kind] = run(kind, count, arguments.seed)
    told, right = 0, 0
    for kind, outcome in outcomes.items():
        told += outcome.told.total()
        right += outcome.told[kind] if kind in set(Cause) else 0
    report.add(
        Figure("precision of all advice", right / told if told else None, LEAST_PRECISION, True)
    )
    for cause in Cause:
        _add(report, cause, outcomes)
    for control in Control:
        wrong = outcomes[control].told.total()
        report.add(Figure(f"{control}: advice in {count} sequences", wrong))
    report.add(
        Figure("CPU that advice adds to a moving frame, mean, ms", price_ms(600, 1), MOST_MS)
    )
    status = report.finish()
    for kind, outcome in outcomes.items():
        print(f"{kind}: read {outcome.read} of {outcome.sequences}, told {dict(outcome.told)}")
    return status


def _add(report: Report, cause: Cause, outcomes: dict[Cause | Control, Outcome]) -> None:
    outcome = outcomes[cause]
    told = sum(other.told[cause] for other in outcomes.values())
    precision = outcome.told[cause] / told if told else None
    unread = outcome.sequences - outcome.read
    recall = outcome.in_time / unread if unread else None
    latest_s = float(np.percentile(outcome.after_s, 95)) if outcome.after_s else None
    report.add(Figure(f"{cause}: precision", precision, LEAST_PRECISION, True))
    report.add(
        Figure(f"{cause}: told in {LATEST_S} s, of those not read", recall, LEAST_TOLD, True)
    )
    report.add(Figure(f"{cause}: told after, p95, s", latest_s, LATEST_S))


if __name__ == "__main__":
    raise SystemExit(main())
