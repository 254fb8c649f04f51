"""What an event costs the collector, step by step, against named peers in the same run.

    python -m bench.collector [--quick] [--check] [--json FILE]

All times are CPU of the one thread that does it. The peers: a logger that commits each message by itself, in the same
SQLite mode on the same disk; `json.loads` alone; HPKE's opening alone. The drain is of 20,000 events that wait at
mosquitto, over TLS into the inbox as `collector serve` joins it. A figure of paho is not taken here.
"""

import base64
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bench.collector_drain import drain
from bench.report import Figure, Report, parser_of
from collector import keys
from collector.inbox.keyring import Keyring
from collector.inbox.sorting import sort
from collector.inbox.unsealing import unsealed
from collector.ledger.sqlite_ledger import SqliteLedger
from kiosk.privacy.sealing import Context, Part, opened, seal
from kiosk.wire import receipts
from kiosk.wire.data import Sealed
from kiosk.wire.events import chain_hash, first_hash
from kiosk.wire.ids import uuid7
from kiosk.wire.keys import SealingKey

KIOSK, STREAM = "cho-1", "00112233445566778899aabbccddeeff"
TOPIC = f"entrance/v1/{KIOSK}/event"
EVENTS, QUICK = 40_000, 20_000
DRAINED = 20_000
BATCH = 2_000
PAHO_US = 34.0  # a message through paho, of the shared facts; not measured here
LINK = json.dumps({"ids": [["cccd", "084000000017"]], "name": "thach thi mau", "birth": "1990"})


def main(argv: list[str] | None = None) -> int:
    arguments = parser_of("bench.collector", __doc__ or "").parse_args(argv)
    report = Report("collector", arguments)
    count = QUICK if arguments.quick else EVENTS
    with tempfile.TemporaryDirectory() as folder:
        events = _measure(Path(folder), count, report)
        report.progress("drain: through mosquitto")
        drained = drain(Path(folder), events[:DRAINED])
        for name, value in (
            ("drain of what waits at the broker, events a second", drained.per_s),
            ("the same, CPU of the collector's process, us an event", drained.cpu_us),
        ):
            report.add(Figure(name, value, higher_is_better=name.startswith("drain")))
    return report.finish()


def _measure(folder: Path, count: int, report: Report) -> list[bytes]:
    """The events that it was measured with."""
    now = datetime.now(UTC)
    for kind in (keys.KeyKind.RECEIPT, keys.KeyKind.INGEST):
        keys.new(folder / "keys", kind, now)
    keys.new_pseudonym_key(folder / "keys")
    keyring = Keyring(folder / "keys")
    keyring.open()
    (private,) = keyring.opening.values()
    report.progress("events: being made")
    events = _events(count, private)
    ledger = SqliteLedger(folder / "ledger.db")
    ledger.open()
    spent = {"decode": 0.0, "open": 0.0, "commit": 0.0, "receipt": 0.0}
    for start in range(0, count, BATCH):
        report.progress(f"batches: {start // BATCH + 1} of {count // BATCH}")
        parts = events[start : start + BATCH]
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
        for name, took in zip(spent, (t1 - t0, t2 - t1, t3 - t2, t4 - t3), strict=True):
            spent[name] += took
    ledger.close()
    us = {name: took / count * 1e6 for name, took in spent.items()}
    whole = us["decode"] + us["commit"] + us["receipt"]
    bare_json = _each_us(events, json.loads)
    bare_open = _bare_opening_us(events[:2_000], private)
    logger = _logger_us(folder / "logger.db", events[:2_000])
    for figure in (
        Figure(
            "decode and sort, us an event", us["decode"], peer="json.loads", peer_value=bare_json
        ),
        Figure("commit in batches of 2,000, us an event", us["commit"]),
        Figure("receipts, us an event", us["receipt"]),
        Figure(
            "all but paho and unsealing, us an event",
            whole,
            goal=65.0 - PAHO_US,
            peer="a commit a message",
            peer_value=logger,
            bound=f"65 us with paho's {PAHO_US:.0f}",
        ),
        Figure("the logger costs so many times as much", logger / whole),
        Figure("unsealing, us an event", us["open"], peer="bare HPKE", peer_value=bare_open),
    ):
        report.add(figure)
    return events


def _events(count: int, private: X25519PrivateKey) -> list[bytes]:
    """A chain of visits, each with both sealed parts."""
    key = SealingKey(private.public_key(), datetime.now(UTC))
    made: list[bytes] = []
    prev = first_hash(STREAM)
    for seq in range(1, count + 1):
        event_id = uuid7(1_764_000_000_000 + seq, os.urandom(10))
        context = Context(event_id, KIOSK, STREAM, seq)
        sealed = {
            part.value: {"key": one.key, "sealed": base64.b64encode(one.ciphertext).decode()}
            for part, one in (
                (Part.LINK, seal(Part.LINK, LINK.encode(), key, context)),
                (Part.CONTACT, Sealed(key.id, os.urandom(260))),
            )
        }
        message = {
            "specversion": "1.0",
            "id": event_id,
            "source": f"/kiosk/{KIOSK}",
            "type": "vn.entrance.visit.v1",
            "time": "2026-11-24T01:00:00.123456Z",
            "datacontenttype": "application/json",
            "stream": STREAM,
            "seq": seq,
            "bootid": "11111111-2222-4333-8444-555555555555",
            "boottime": str(seq * 1_000_000),
            "timequality": "ntp",
            "data": {
                **{"verdict": "accepted", "reason": "pass", "direction": "in", "code": "cccd"},
                **sealed,
            },
            "prevhash": prev,
        }
        made.append(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())
        prev = chain_hash(made[-1])
    return made


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
