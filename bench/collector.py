"""What an event costs the collector, step by step, against named peers in the same run.

    python -m bench.collector [--node FOLDER] [--quick] [--check] [--json FILE]

A step is CPU of the one thread that does it, in batches of 250 as the inbox takes them at most; what is drained is CPU
of the whole process, over TLS from a real mosquitto into the inbox as `collector serve` joins it. The peers: a logger
that commits each message by itself, in the same SQLite mode on the same disk; a stand-in for Node-RED with one INSERT a
message (bench/node_logger.cjs; `npm install mqtt pg` in FOLDER first); `json.loads` alone; HPKE's opening alone.
"""

import base64
import json
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bench.collector_drain import Drained, Queue, queue
from bench.collector_events import KIOSK, STREAM, renumbered, sealed_visits
from bench.postgres_server import NotInstalled
from bench.report import Figure, Report, parser_of
from collector import keys
from collector.inbox.keyring import Keyring
from collector.inbox.openers import Begun, Openers
from collector.inbox.sorting import sort
from collector.inbox.unsealing import unsealed
from collector.ledger.port import Batch
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.privacy.sealing import Context, Part, opened
from kiosk.wire import receipts
from kiosk.wire.data import Sealed

TOPIC = f"entrance/v1/{KIOSK}/event"
EVENTS, QUICK = 40_000, 10_000
BACKLOG, QUICK_BACKLOG = 100_000, 10_000
DRAINED = 20_000
LOGGED = 2_000  # by those that commit each message
COMPLETE_US = 65.0
MAX_BATCH = SqliteLedger.largest_batch


def main(argv: list[str] | None = None) -> int:
    # whoever ends us ends the broker and the server that we have started, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = parser_of("bench.collector", __doc__ or "")
    parser.add_argument("--node", type=Path, metavar="FOLDER", help="where mqtt and pg lie")
    arguments = parser.parse_args(argv)
    report = Report("collector", arguments)
    count = QUICK if arguments.quick else EVENTS
    with tempfile.TemporaryDirectory(prefix="bench-collector-", dir=Path.cwd()) as name:
        folder = Path(name)
        for kind in (keys.KeyKind.RECEIPT, keys.KeyKind.INGEST):
            keys.new(folder / "keys", kind, datetime.now(UTC))
        keys.new_pseudonym_key(folder / "keys")
        keys.new(folder / "no-ingest", keys.KeyKind.RECEIPT, datetime.now(UTC))
        keyring = Keyring(folder / "keys")
        keyring.open()
        (private,) = keyring.opening.values()
        report.progress("events: being made")
        events = sealed_visits(count, private)
        _steps(folder, events, keyring, report)
        _opening(events, keyring, private, report)
        with queue(folder) as waiting:
            if waiting is not None:
                _drains(waiting, folder, events, report)
                backlog = QUICK_BACKLOG if arguments.quick else BACKLOG
                _restart(waiting, folder, renumbered(events, backlog), report)
    return report.finish()


# ---- one thread, step by step


def _steps(folder: Path, events: Sequence[bytes], keyring: Keyring, report: Report) -> None:
    now = datetime.now(UTC)
    ledger = SqliteLedger(folder / "ledger.db")
    ledger.open()
    spent = {"decode": 0.0, "commit": 0.0, "receipt": 0.0}
    receipted = 0
    for start in range(0, len(events), MAX_BATCH):
        report.progress(f"batches: {start // MAX_BATCH + 1} of {len(events) // MAX_BATCH}")
        parts = events[start : start + MAX_BATCH]
        t0 = time.thread_time()
        batch = sort((TOPIC, payload) for payload in parts)
        t1 = time.thread_time()
        batch = unsealed(batch, keyring)
        t2 = time.thread_time()
        due = ledger.commit(batch, now)
        t3 = time.thread_time()
        for one in due:
            receipts.sign(one.receipt, keyring.receipt)
        t4 = time.thread_time()
        receipted += len(due)
        for name, took in zip(spent, (t1 - t0, t3 - t2, t4 - t3), strict=True):
            spent[name] += took
    ledger.close()
    us = {name: took / len(events) * 1e6 for name, took in spent.items()}
    whole = sum(us.values())
    bare_json = _each_us(events[:5_000], json.loads)
    logger = _logger_us(folder / "logger.db", events[:2_000])
    for figure in (
        Figure("decode, us an event", us["decode"], peer="json.loads", peer_value=bare_json),
        Figure("commit, us an event", us["commit"]),
        Figure("receipts, us an event", us["receipt"]),
        Figure("these three, us an event", whole, peer="a commit a message", peer_value=logger),
        Figure("receipts an event under load", receipted / len(events), goal=0.2),
    ):
        report.add(figure)


# ---- opening links


def _opening(
    events: Sequence[bytes], keyring: Keyring, private: X25519PrivateKey, report: Report
) -> None:
    report.progress("opening: in this process")
    batches = [
        sort((TOPIC, payload) for payload in events[start : start + MAX_BATCH])
        for start in range(0, min(len(events), 20_000), MAX_BATCH)
    ]
    count = sum(len(batch.events) for batch in batches)
    began_s = time.thread_time()
    for batch in batches[:8]:
        unsealed(batch, keyring)
    here_us = (time.thread_time() - began_s) / (8 * MAX_BATCH) * 1e6
    bare_us = _bare_opening_us(events[:2_000], private)
    report.add(Figure("opening, us an event", here_us, peer="bare HPKE", peer_value=bare_us))
    rates: dict[int, float] = {}
    for processes in (1, 2, 1, 2):
        report.progress(f"opening: in {processes} processes")
        openers = Openers(processes)
        try:
            while not _all_ready(openers, batches[0], keyring):
                time.sleep(0.05)
            began_s = time.monotonic()
            before: Begun | None = None
            for batch in batches:
                following = openers.begin(batch, keyring)
                if before is not None:
                    before.finish()
                before = following
            if before is not None:
                before.finish()
            rate = count / (time.monotonic() - began_s)
        finally:
            openers.close()
        rates[processes] = max(rate, rates.get(processes, 0.0))
    report.add(
        Figure(
            "opening by two processes, times by one, better of two rounds",
            *(rates[2] / rates[1], 1.7),
            higher_is_better=True,
            peer="one, events a second",
            peer_value=rates[1],
        )
    )


def _all_ready(openers: Openers, batch: Batch, keyring: Keyring) -> bool:
    begun = openers.begin(batch, keyring)
    begun.finish()
    return 0 < begun.processes == len(openers.pids)


# ---- through the broker


def _drains(waiting: Queue, folder: Path, events: Sequence[bytes], report: Report) -> None:
    some, few = events[:DRAINED], events[:LOGGED]

    def drained(name: str, what: Sequence[bytes], take: Callable[[], Drained]) -> Drained:
        report.progress(f"drain: {name}")
        waiting.fill(what)
        return take()

    bare = drained("the connection", some, lambda: waiting.connection(len(some)))
    chain = drained("the chain", some, lambda: waiting.inbox(folder / "no-ingest", len(some)))
    all_of_it = drained("opening", some, lambda: waiting.inbox(folder / "keys", len(some)))
    helped = drained("an opener", some, lambda: waiting.inbox(folder / "keys", len(some), 1))
    logger = drained("the logger", few, lambda: waiting.logger(len(few)))
    report.add(Figure("paho and TLS alone, us an event", bare.cpu_us))
    report.add(
        Figure("complete without opening, us of the process", chain.cpu_us, goal=COMPLETE_US)
    )
    report.add(
        Figure(
            "the same, events a second",
            *(chain.per_s, None, True),
            peer="a commit a message",
            peer_value=logger.per_s,
        )
    )
    report.add(Figure("times the logger", chain.per_s / logger.per_s, 12.0, True))
    _node(waiting, few, chain, report)
    report.add(Figure("complete with opening, us of the process", all_of_it.cpu_us))
    report.add(Figure("the same, events a second", all_of_it.per_s, None, True))
    report.add(Figure("with one process that opens, events a second", helped.per_s, None, True))


def _node(waiting: Queue, few: Sequence[bytes], chain: Drained, report: Report) -> None:
    if report.arguments.node is None:
        report.progress("Node-RED's stand-in: left out, there is no --node")
        return
    report.progress("drain: the stand-in for Node-RED")
    waiting.fill(few)
    try:
        node = waiting.node(len(few), report.arguments.node / "node_modules")
    except NotInstalled as error:
        report.progress(f"Node-RED's stand-in: left out, {error}")
        return
    report.add(
        Figure(
            "times a stand-in for Node-RED",
            *(chain.per_s / node.per_s, 3.0, True),
            peer="its events a second",
            peer_value=node.per_s,
        )
    )


def _restart(waiting: Queue, folder: Path, events: Sequence[bytes], report: Report) -> None:
    report.progress(f"backlog: {len(events)}, and the broker starts again")
    waiting.fill(events)
    waiting.stop()
    began_s = time.monotonic()
    waiting.start()
    waiting.inbox(folder / "no-ingest", len(events))
    took_s = time.monotonic() - began_s
    name = f"backlog of {len(events):,} committed after the broker's restart, s"
    report.add(Figure(name, took_s, goal=6.0 * len(events) / BACKLOG))


# ---- what it is measured with


def _each_us(events: Sequence[bytes], work: Callable[[bytes], object]) -> float:
    began = time.thread_time()
    for payload in events:
        work(payload)
    return (time.thread_time() - began) / len(events) * 1e6


def _bare_opening_us(events: Sequence[bytes], private: X25519PrivateKey) -> float:
    prepared = []
    for payload in events:
        fields = json.loads(payload)
        link = fields["data"]["link"]
        sealed = Sealed(link["key"], base64.b64decode(link["sealed"]))
        prepared.append((sealed, Context(fields["id"], KIOSK, STREAM, fields["seq"])))
    began = time.thread_time()
    for sealed, context in prepared:
        opened(Part.LINK, sealed, private, context)
    return (time.thread_time() - began) / len(prepared) * 1e6


def _logger_us(path: Path, events: Sequence[bytes]) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE message (id TEXT PRIMARY KEY, seq INTEGER, message TEXT)")

        def log(payload: bytes) -> None:
            fields = json.loads(payload)
            row = (fields["id"], fields["seq"], payload.decode())
            connection.execute("INSERT OR IGNORE INTO message VALUES (?, ?, ?)", row)

        return _each_us(events, log)


if __name__ == "__main__":
    raise SystemExit(main())
