"""Holds a ledger against what is known to have happened: a fleet that was made up and acted out (`kiosk simulate
--fleet`) writes down its truth, and each part of it is asked of the ledger as an officer would ask.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from collector.config import CollectorConfig
from collector.days import day_number
from collector.demo.trial import IN_USE, Confusion
from collector.errors import CollectorError
from collector.ledger.stores import answers_of
from collector.statistics.diagnosis import Cause
from collector.statistics.figures import total
from collector.statistics.joined import desk_of as report_desk
from collector.tracing.desk import TraceDesk
from collector.tracing.joined import desk_of as tracing_desk
from collector.tracing.trace import question
from kiosk.domain.identity import Identifier, Scheme
from kiosk.wire.data import VISIT

# as issue 10 asks for
RIGHT = 0.9
WITH_EXIT_RECALL, WITH_EXIT_PRECISION, RECALL = 1.0, 0.99, 0.98

Truth = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One figure. Without a goal it is there to be seen."""

    name: str
    value: float | None
    goal: float | None = None
    at_least: bool = True
    note: str = ""


def read(path: Path) -> Truth:
    """Raise CollectorError."""
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CollectorError(
            f"{path} is no truth that `kiosk simulate --fleet` has written"
        ) from error
    return dict(truth)


def silent(config: CollectorConfig, truth: Truth) -> list[Found]:
    """Why each venue is silent: to be asked in the evening of the day, before the next day tells more."""
    day = date.fromisoformat(truth["day"])
    said = {one.venue.id: one.cause for one in report_desk(config).draw_up(day, _now()).silent}
    seen = Confusion()
    for venue, cause in truth["causes"].items():
        seen.seen[None if cause == IN_USE else Cause(cause), said.get(venue)] += 1
    goal = RIGHT if truth["is_whole"] else None
    true = Counter(cause for cause, _ in seen.seen.elements())
    found = []
    for cause in [*Cause, None]:
        if not true[cause]:
            continue
        told = {other or IN_USE: seen.seen[cause, other] for other in [*Cause, None]}
        wrong = [f"{name} {n}" for name, n in told.items() if n and name != (cause or IN_USE)]
        note = f"of {true[cause]}" + (f"; the others {', '.join(wrong)}" if wrong else "")
        name = f"venues {cause or IN_USE}, share told so"
        found.append(Found(name, seen.right(cause), goal, note=note))
    return found


def events(config: CollectorConfig, truth: Truth) -> list[Found]:
    """What was sent is there, each once."""
    answers = answers_of(config.ledger)
    sent = truth["sent"]
    missing = twice = strange = short = count = 0
    for kiosk, told in sent.items():
        ids: Counter[str] = Counter()
        numbers = set()
        for event in answers.events(kiosk):
            numbers.add((event["stream"], event["seq"]))
            if event["type"] == VISIT:
                ids[event["id"]] += 1
        wanted = Counter(told["visits"])
        missing += sum((wanted - ids).values())
        twice += sum(times - 1 for times in ids.values())
        strange += len(set(ids) - set(wanted))
        short += len({(told["stream"], seq) for seq in range(1, told["events"] + 1)} ^ numbers)
        count += len(numbers)
    checked = answers.check()
    faults = len(checked.faults) + sum(len(one.missing) + len(one.breaks) for one in checked.kiosks)
    return [
        Found("events in the ledger", count),
        Found("of them visits", sum(len(told["visits"]) for told in sent.values())),
        Found("events sent again that came before", sum(one.repeats for one in checked.kiosks)),
        _none("visits that are not there", missing),
        _none("visits that are there twice", twice),
        _none("visits that nobody has sent", strange),
        _none("numbers of streams missing or too many", short),
        _none("gaps, breaks and faults of the ledger", faults),
    ]


def totals(config: CollectorConfig, truth: Truth) -> list[Found]:
    """The report's figures of the day, and of the evening before it."""
    desk, day = report_desk(config), date.fromisoformat(truth["day"])
    report = desk.draw_up(day, _now())
    before = day_number(day) - 1
    evening = total(each.tally for each in desk.figures.counts(before, before))
    told = {name: getattr(report.tally, name) for name in truth["totals"] if name != "people"}
    told |= {"people": report.people or 0}
    return [
        Found("visits in the day's report", report.tally.visits),
        *(
            _none(f"report: {name}, off by", abs(told[name] - true))
            for name, true in truth["totals"].items()
        ),
        _none("report of the day before: off by", abs(evening.visits - truth["evening_before"])),
    ]


def traces(config: CollectorConfig, truth: Truth) -> list[Found]:
    """Whom each case was together with, by venues with and without a reader at the way out."""
    day = date.fromisoformat(truth["day"]) + timedelta(days=1)
    cards = {card for case in truth["cases"] for card in (case["card"], *_names(case["met"]))}
    with_exit = set(truth["with_exit"])
    seen = {True: Counter[str](), False: Counter[str]()}
    chain = {(by, of, venue) for by, of, venue in truth["chain"]}
    found_chain = 0
    desk = tracing_desk(config, lambda: None)
    numbers = dict(_numbers(desk, sorted(cards)))
    for case in truth["cases"]:
        number = numbers.get(case["card"])
        wanted = {(numbers.get(card, -1), venue) for card, venue in case["met"]}
        told = set() if number is None else set(_contacts(desk, number, day))
        for has_exit, count in seen.items():
            here = {one for one in wanted if (one[1] in with_exit) is has_exit}
            there = {one for one in told if (one[1] in with_exit) is has_exit}
            count.update(true=len(here), told=len(there), right=len(here & there))
        found_chain += sum(
            (numbers.get(of, -1), venue) in told for by, of, venue in chain if by == case["card"]
        )
    return [
        Found("cases traced", len(truth["cases"])),
        Found("meetings with exit scans", seen[True]["true"]),
        Found("their recall", _share(seen[True], "true"), WITH_EXIT_RECALL),
        Found("their precision", _share(seen[True], "told"), WITH_EXIT_PRECISION),
        Found("meetings without exit scans", seen[False]["true"]),
        Found("their recall, ends assumed", _share(seen[False], "true"), RECALL),
        Found("their precision, ends assumed", _share(seen[False], "told")),
        Found("infections of the outbreak", len(chain)),
        *(
            [Found("of them found among F1, share", found_chain / len(chain), RECALL)]
            if chain
            else []
        ),
    ]


def _names(met: Iterable[Sequence[str]]) -> set[str]:
    return {card for card, _ in met}


def _numbers(desk: TraceDesk, cards: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Whom the ledger knows by these cards."""
    for card in cards:
        for number in desk.people_named([Identifier(Scheme.CCCD, card)]):
            yield card, number


def _contacts(desk: TraceDesk, number: int, day: date) -> Iterator[tuple[int, str]]:
    traced = desk.trace(question([number], 14, day))
    for contact in traced.first:
        for met in contact.meetings:
            yield contact.person, traced.venues[met.own.venue]


def _share(count: Mapping[str, int], of: str) -> float | None:
    return count["right"] / count[of] if count[of] else None


def _none(name: str, value: int) -> Found:
    return Found(name, value, 0, at_least=False)


def _now() -> datetime:
    return datetime.now(UTC)
