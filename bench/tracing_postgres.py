"""The same stays in SQLite and in PostgreSQL: what F1 takes from each, and how the index in memory keeps up.

    python -m bench.tracing_postgres [--quick] [--check] [--json FILE]

A million visits, 100,000 people, 200 venues, 30 days (--quick: 200,000), as in bench.tracing; the same 15 cases in
turns, warm. Then a process takes in 2,000 events a second, as a worker does, while F2 is asked of the index that
follows it.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import psycopg

from bench import province
from bench.postgres_server import PostgresServer
from bench.province import DAY_S, DAYS, START_S, Visits
from bench.report import Figure, Report, parser_of
from collector.ledger.connection import Reader
from collector.ledger.postgres_ledger import PostgresLedger
from collector.ledger.postgres_reader import PostgresReader
from collector.ledger.sqlite_reader import SqliteReader
from collector.tracing.live import LiveIndex
from collector.tracing.second import Terms, second
from collector.tracing.trace import Question, Traced, question, trace
from collector.tracing.traces import Traces

FULL, QUICK = 1_000_000, 200_000
CASES, ROUNDS = 15, 7
PER_SECOND = 2_000
LAST_DAY = province.day_of_province(DAYS - 1)
TERMS = Terms(START_S + (DAYS + 60) * DAY_S)


def main(argv: list[str] | None = None) -> int:
    arguments = parser_of("bench.tracing_postgres", __doc__ or "").parse_args(argv)
    report = Report("tracing_postgres", arguments)
    server = PostgresServer()
    server.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            _measure(Path(name), server, report)
    finally:
        server.remove()
    return report.finish()


def _measure(folder: Path, server: PostgresServer, report: Report) -> None:
    report.progress("province: being made and stored twice")
    visits = province.make(QUICK if report.arguments.quick else FULL)
    province.store(visits, folder / "ledger.db")
    size = store(visits, server.where)
    report.add(Figure("bytes a stay in PostgreSQL, with its indexes", size / len(visits)))
    readers: dict[str, Reader] = {
        "SQLite": SqliteReader(folder / "ledger.db"),
        "PostgreSQL": PostgresReader(server.where),
    }
    traced = _first(readers, visits, server, report)
    _second(readers, traced, report)
    _arriving(server, traced, report)


def store(visits: Visits, where: str) -> int:
    """As bench.province.store, in PostgreSQL; how many bytes they take."""
    ledger = PostgresLedger(where)
    ledger.open()
    ledger.close()
    with closing(psycopg.connect(where, autocommit=True)) as connection:
        connection.execute("SET search_path = collector")
        copied = "COPY stay (venue, tin, person, tout, rule, event, seen_in, width_s) FROM STDIN"
        columns = (visits.venue, visits.tin, visits.person, visits.tout, visits.rule)
        with connection.cursor() as cursor, cursor.copy(copied) as copy:
            for part in np.array_split(np.arange(len(visits)), max(1, len(visits) // 100_000)):
                parts = [each[part].tolist() for each in (*columns, np.arange(len(visits)))]
                rows = zip(*parts, strict=True)
                copy.write("".join("\t".join(map(str, row)) + "\t1\t0\n" for row in rows))
        names = [(int(number), f"noi-{number}") for number in np.unique(visits.venue)]
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO trace_venue VALUES (%s, %s)", names)
        connection.execute("SELECT setval(pg_get_serial_sequence('trace_venue', 'number'), 100000)")
        connection.execute("VACUUM ANALYZE")
        size = connection.execute("SELECT pg_total_relation_size('stay')").fetchone()
        return int(size[0]) if size else 0


def _first(
    readers: dict[str, Reader], visits: Visits, server: PostgresServer, report: Report
) -> list[Traced]:
    asked = [question([who], 14, LAST_DAY) for who in province.cases(visits, CASES)]
    took_ms: dict[str, list[float]] = {name: [] for name in readers}
    found: dict[str, list[Traced]] = {}
    with ExitStack() as stack:
        open_ = {name: stack.enter_context(Traces(each)) for name, each in readers.items()}
        for name, traces in open_.items():
            found[name] = [trace(traces, each) for each in asked]
        for _ in range(ROUNDS):
            for each in asked:
                for name, traces in open_.items():
                    began = time.perf_counter()
                    trace(traces, each)
                    took_ms[name].append((time.perf_counter() - began) * 1000)
        cpu_ms = {name: _cpu_ms(traces, asked, server) for name, traces in open_.items()}
    wrong = sum(
        one.first.minutes() != other.first.minutes()
        for one, other in zip(found["SQLite"], found["PostgreSQL"], strict=True)
    )
    sizes = sorted(len(each.first) for each in found["SQLite"])
    report.add(Figure("people in F1 of a case, median", sizes[CASES // 2]))
    usual = {name: statistics.median(taken) for name, taken in took_ms.items()}
    late = {name: sorted(taken)[int(len(taken) * 0.95)] for name, taken in took_ms.items()}
    for name, times in (("p50", usual), ("p95", late)):
        what, peer = f"F1 from PostgreSQL, ms, {name}", ("ms, SQLite", times["SQLite"])
        report.add(Figure(what, times["PostgreSQL"], None, False, *peer))
    report.add(Figure("F1 from PostgreSQL, times SQLite's", usual["PostgreSQL"] / usual["SQLite"]))
    peer = ("ms, SQLite", cpu_ms["SQLite"])
    report.add(
        Figure("F1 from PostgreSQL, ms of CPU, mean", cpu_ms["PostgreSQL"], None, False, *peer)
    )
    report.add(Figure(f"F1 unlike in the two, of {CASES} cases", wrong, goal=0))
    return found["PostgreSQL"]


def _cpu_ms(traces: Traces, asked: Sequence[Question], server: PostgresServer) -> float:
    """Of who asks and of the server."""
    began_s = time.thread_time() + server.cpu_s
    for _ in range(ROUNDS):
        for each in asked:
            trace(traces, each)
    return (time.thread_time() + server.cpu_s - began_s) * 1000 / ROUNDS / len(asked)


def _second(readers: dict[str, Reader], traced: Sequence[Traced], report: Report) -> None:
    found: dict[str, list[list[int]]] = {}
    for name, reader in readers.items():
        report.progress(f"index: being read from {name}")
        began = time.perf_counter()
        with LiveIndex(reader) as live:
            live.wait(600)
            report.add(Figure(f"index read from {name}, s", time.perf_counter() - began))
            found[name] = [_ask(live, each) for each in traced]
    wrong = sum(map(list.__ne__, found["SQLite"], found["PostgreSQL"]))
    report.add(Figure(f"F2 unlike in the two, of {CASES} cases", wrong, goal=0))


def _ask(live: LiveIndex, traced: Traced) -> list[int]:
    snapshot = live.snapshot
    assert snapshot is not None
    case = frozenset(traced.question.people)
    found: list[int] = second(snapshot, traced.first.exposed(), case, TERMS).people.tolist()
    return found


def _arriving(server: PostgresServer, traced: Sequence[Traced], report: Report) -> None:
    seconds = 10.0 if report.arguments.quick else 30.0
    report.progress(f"index: while {PER_SECOND} events a second arrive")
    took_ms: list[float] = []
    with LiveIndex(PostgresReader(server.where)) as live:
        live.wait(600)
        words = [server.where, str(seconds), str(PER_SECOND)]
        command = [sys.executable, "-m", "bench.tracing_arrivals", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as arrivals:
            while arrivals.poll() is None:
                began = time.perf_counter()
                _ask(live, traced[len(took_ms) % CASES])
                took_ms.append((time.perf_counter() - began) * 1000)
                time.sleep(0.1)
            assert arrivals.stdout is not None
            sent = int(arrivals.stdout.read() or 0)
        time.sleep(1)
        report.add(Figure("events that arrived, a second", sent / seconds))
        report.add(Figure("F2 meanwhile, ms, p50", statistics.median(took_ms)))
        report.add(Figure("index behind PostgreSQL, s, worst", live.worst_behind_s, goal=1))
        kept = [_ask(live, each) for each in traced]
    with LiveIndex(PostgresReader(server.where)) as anew:
        anew.wait(600)
        wrong = sum(map(list.__ne__, kept, [_ask(anew, each) for each in traced]))
    report.add(Figure("F2 of the kept index unlike one read anew", wrong, goal=0))


if __name__ == "__main__":
    sys.exit(main())
