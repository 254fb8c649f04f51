"""Who was there at the same time? F1 from the ledger's file, F2 from the index in memory, on a made-up province.

    python -m bench.tracing [--quick] [--check] [--json FILE] [--large]

10 million visits, a million people, 2,000 venues, 30 days (--quick: a tenth of each); 15 people with 4 to 8 visits in
the last 14 days are the cases, the same for all engines. F2 is as the office asks for it: 15 minutes in the room, no
venue above 500 scans a day; and once without either. The peers unite the stays of F1 too, for a join of pairs is slower
still. Then F2 is asked again while a process takes in 2,000 events a second, as the inbox does. --large adds F1 on 50
million.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench import province
from bench.province import DAY_S, DAYS, START_S, Visits
from bench.report import Figure, Report, parser_of
from bench.tracing_peers import Duck, Naive, SqliteIslands
from collector.ledger.sqlite_reader import SqliteReader
from collector.tracing.first import First
from collector.tracing.index import Snapshot
from collector.tracing.live import LiveIndex
from collector.tracing.second import Second, Terms, second
from collector.tracing.trace import Question, Traced, question, trace
from collector.tracing.traces import Traces

FULL, QUICK, LARGE = 10_000_000, 1_000_000, 50_000_000
CASES, CHECKED, ROUNDS = 15, 5, 5
PER_SECOND, ARRIVING_S = 2_000, 60.0
LAST_DAY = province.day_of_province(DAYS - 1)
AS_ASKED = Terms(START_S + DAYS * DAY_S)
BARE = Terms(START_S + DAYS * DAY_S, least_s=1, cap=0)


def main(argv: list[str] | None = None) -> int:
    parser = parser_of("bench.tracing", __doc__ or "")
    parser.add_argument("--large", action="store_true", help="F1 on 50 million visits too")
    arguments = parser.parse_args(argv)
    report = Report("tracing", arguments)
    with tempfile.TemporaryDirectory() as name:
        _measure(Path(name), arguments, report)
    return report.finish()


def _measure(folder: Path, arguments: argparse.Namespace, report: Report) -> None:
    report.progress("province: being made")
    visits = province.make(QUICK if arguments.quick else FULL)
    ledger = folder / "ledger.db"
    report.progress("ledger: being filled")
    province.store(visits, ledger)
    asked = [question([who], 14, LAST_DAY) for who in province.cases(visits, CASES)]
    traced, usual_ms = _first(ledger, visits, asked, report)
    report.progress("naive peer: being filled")
    _naive(Naive(visits, folder / "naive.db"), traced, usual_ms, report)
    with LiveIndex(SqliteReader(ledger)) as live:
        report.progress("index: being read")
        live.wait(600)
        _second(ledger, visits, live, traced, report)
        _arriving(ledger, live, traced, report)
    if arguments.large:
        del visits
        _large(folder, usual_ms, report)


def _first(
    ledger: Path, visits: Visits, asked: Sequence[Question], report: Report
) -> tuple[list[Traced], float]:
    report.progress("F1: from the store")
    with Traces(SqliteReader(ledger)) as traces:
        traced = [trace(traces, each) for each in asked]
        took_ms = [_ms(partial(trace, traces, each)) for _ in range(ROUNDS) for each in asked]
        cpu_ms = [_cpu_ms(partial(trace, traces, each)) for each in asked]
    wrong = sum(_minutes(each.first) != _first_by_force(visits, each) for each in traced[:CHECKED])
    sizes = sorted(len(each.first) for each in traced)
    report.add(Figure("people in F1 of a case, median", sizes[CASES // 2]))
    usual_ms = statistics.median(took_ms)
    report.add(Figure("F1 from the store, ms, p50", usual_ms, goal=2))
    report.add(Figure("F1 from the store, ms of CPU, p50", statistics.median(cpu_ms)))
    report.add(Figure("F1 from the store, ms, p95", _p95(took_ms), goal=25))
    report.add(Figure(f"F1 unlike brute force, of {CHECKED} cases", wrong, goal=0))
    return traced, usual_ms


def _naive(naive: Naive, traced: Sequence[Traced], usual_ms: float, report: Report) -> None:
    report.progress("F1: naive SQL")
    took_ms, wrong = [], 0
    for each in traced:
        asked = each.question
        (case,) = asked.people
        began = time.perf_counter()
        found = naive.first(case, asked.begin_s, asked.end_s)
        took_ms.append((time.perf_counter() - began) * 1000)
        wrong += found != {one.person: one.seconds for one in each.first}
    times = statistics.median(took_ms) / usual_ms
    peer = "ms, one index a column"
    report.add(
        Figure("naive SQL's F1, times ours", times, 15, True, peer, statistics.median(took_ms))
    )
    report.add(Figure(f"F1 unlike naive SQL, of {CASES} cases", wrong, goal=0))


def _second(
    ledger: Path, visits: Visits, live: LiveIndex, traced: Sequence[Traced], report: Report
) -> None:
    snapshot = live.snapshot
    assert snapshot is not None
    sqlite, duck = SqliteIslands(ledger), Duck(visits)
    for name, terms, is_goal in (("", AS_ASKED, True), (", no cap and no least", BARE, False)):
        took: dict[str, list[float]] = {"ours": [], "sqlite": [], "duck": []}
        wrong, shares = 0, []
        for number, each in enumerate(traced):
            report.progress(f"F2{name}: case {number + 1} of {CASES}")
            exposed, case = each.first.exposed(), frozenset(each.question.people)
            ours = _ask(snapshot, each, terms)
            shares.append(ours.share)
            took["ours"] += [_ms(partial(_ask, snapshot, each, terms)) for _ in range(ROUNDS)]
            mine = set(ours.people.tolist())
            for engine, name_of in ((sqlite, "sqlite"), (duck, "duck")):
                got: list[set[int]] = []
                took[name_of].append(_ms(partial(_by, engine, exposed, terms, got)))
                wrong += got[0] - exposed.keys() - case != mine
            if number < CHECKED:
                wrong += mine != _second_by_force(visits, exposed, case, terms)
        usual = statistics.median(took["ours"])
        report.add(Figure(f"F2{name}: share of all people, median", statistics.median(shares)))
        report.add(Figure(f"F2{name}, ms, p50", usual, 10 if is_goal else None))
        report.add(Figure(f"F2{name}, ms, max", max(took["ours"]), 50 if is_goal else None))
        cpu_ms = [_cpu_ms(partial(_ask, snapshot, each, terms)) for each in traced]
        report.add(Figure(f"F2{name}, ms of CPU, p50", statistics.median(cpu_ms)))
        for engine_name, words, goal in (("sqlite", "SQLite islands", 15), ("duck", "DuckDB", 10)):
            theirs = statistics.median(took[engine_name])
            report.add(
                Figure(f"{words}' F2{name}, times ours", theirs / usual, goal, True, "ms", theirs)
            )
        report.add(Figure(f"F2{name} unlike peers or brute force", wrong, goal=0))


def _ask(snapshot: Snapshot, traced: Traced, terms: Terms) -> Second:
    case = frozenset(traced.question.people)
    return second(snapshot, traced.first.exposed(), case, terms)


def _by(
    engine: SqliteIslands | Duck, exposed: Mapping[int, int], terms: Terms, got: list[set[int]]
) -> None:
    got.append(engine.second(engine.stays(exposed, terms), max(terms.least_s, 1)))


def _arriving(ledger: Path, live: LiveIndex, traced: Sequence[Traced], report: Report) -> None:
    report.progress(f"F2: while {PER_SECOND} events a second arrive")
    words = [str(ledger), str(ARRIVING_S), str(PER_SECOND)]
    command = [sys.executable, "-m", "bench.tracing_arrivals", *words]
    took_ms: list[float] = []
    before = live.changes_taken
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as arrivals:
        number = 0
        while arrivals.poll() is None:
            each = traced[number % CASES]
            snapshot = live.snapshot
            assert snapshot is not None
            took_ms.append(_ms(partial(_ask, snapshot, each, _NOW)))
            number += 1
            time.sleep(0.1)  # an office that never rests
        assert arrivals.stdout is not None
        sent = int(arrivals.stdout.read() or 0)
    time.sleep(1)
    report.add(Figure("events that arrived, a second", sent / ARRIVING_S))
    report.add(Figure("rows of the index that came or went", live.changes_taken - before))
    report.add(Figure("F2 meanwhile, ms, p50", statistics.median(took_ms), goal=10))
    report.add(Figure("F2 meanwhile, ms, max", max(took_ms), goal=50))
    report.add(Figure("index behind the ledger, s, worst", live.worst_behind_s, goal=1))
    with LiveIndex(SqliteReader(ledger)) as anew:
        anew.wait(600)
        fresh, kept = anew.snapshot, live.snapshot
        assert fresh is not None
        assert kept is not None
        wrong = 0
        for each in traced:
            both = [_ask(one, each, _NOW).people for one in (fresh, kept)]
            wrong += both[0].tolist() != both[1].tolist()
    report.add(Figure("F2 of the kept index unlike one read anew", wrong, goal=0))


_NOW = Terms(START_S + (DAYS + 60) * DAY_S)


def _large(folder: Path, usual_ms: float, report: Report) -> None:
    report.progress("50 million: being made")
    visits = province.make(LARGE)
    path = folder / "large.db"
    report.progress("50 million: being filled")
    province.store(visits, path)
    asked = [question([who], 14, LAST_DAY) for who in province.cases(visits, CASES)]
    with Traces(SqliteReader(path)) as traces:
        for each in asked:
            trace(traces, each)
        took_ms = [_ms(partial(trace, traces, each)) for _ in range(ROUNDS) for each in asked]
    large_ms = statistics.median(took_ms)
    report.add(Figure("F1 on 50 million, times that on 10", large_ms / usual_ms, goal=4))


# ---- brute force


def _minutes(first: First) -> dict[int, int]:
    return {one.person: one.seconds for one in first}


def _first_by_force(visits: Visits, traced: Traced) -> dict[int, int]:
    """A look at every row for each stay of the case."""
    asked = traced.question
    (case,) = asked.people
    together: dict[int, int] = {}
    mine = np.flatnonzero(visits.person == case)
    for at in mine[(visits.tin[mine] >= asked.begin_s) & (visits.tin[mine] < asked.end_s)]:
        begin = np.maximum(visits.tin, visits.tin[at])
        end = np.minimum(visits.tout, visits.tout[at])
        there = np.flatnonzero((visits.venue == visits.venue[at]) & (end > begin))
        for who, seconds in zip(
            visits.person[there].tolist(), (end - begin)[there].tolist(), strict=True
        ):
            together[who] = together.get(who, 0) + seconds
    together.pop(case, None)
    return together


def _second_by_force(
    visits: Visits, exposed: Mapping[int, int], case: frozenset[int], terms: Terms
) -> set[int]:
    """Every second of every venue is marked or not; everybody's marked seconds are counted."""
    since = np.full(int(visits.person.max()) + 1, 2**40)
    since[list(exposed)] = list(exposed.values())
    late = (visits.tin > since[visits.person] - 3600) & (visits.tin < terms.end_s)
    day = (visits.tin - START_S) // DAY_S
    if terms.cap:
        place = visits.venue * 1000 + day
        late &= np.bincount(place)[place] <= terms.cap
    seconds = np.zeros(len(since), np.int64)
    edges = np.searchsorted(visits.venue, np.unique(visits.venue[late]))
    for start in edges.tolist():
        rows = slice(start, int(np.searchsorted(visits.venue, visits.venue[start], "right")))
        marked = np.zeros((DAYS + 2) * DAY_S, np.int32)
        tin, tout = visits.tin[rows] - START_S, visits.tout[rows] - START_S
        f1 = late[rows]
        for a, b in zip(tin[f1].tolist(), tout[f1].tolist(), strict=True):
            marked[a:b] = 1
        sums = np.concatenate(([0], np.cumsum(marked)))
        np.add.at(seconds, visits.person[rows], sums[tout] - sums[tin])
    found = set(np.flatnonzero(seconds >= max(terms.least_s, 1)).tolist())
    return found - exposed.keys() - case


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _cpu_ms(work: Callable[[], object]) -> float:
    """Of this thread: what a machine that is busy with other things does not change much."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
