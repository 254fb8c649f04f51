"""How far each stream has come, as a batch touches it: loaded once, written back once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from collector.ledger.chain import ChainCheck, Place
from collector.ledger.connection import Connection, columns, many
from collector.ledger.port import Due
from collector.ledger.progress import Gap, Progress, receipts_for

Key = tuple[str, str]  # kiosk and stream

_LOAD = "SELECT highest, archived_upto FROM stream WHERE kiosk = ? AND stream = ?"
_GAPS = "SELECT first, last FROM gap WHERE kiosk = ? AND stream = ? ORDER BY first"
_KEY, _PLACE, _GAP = (
    ("text", "text"),
    ("text", "text", "bigint"),
    ("text", "text", "bigint", "bigint"),
)
_LOAD_ALL = f"""
    SELECT kiosk, stream, highest, archived_upto FROM stream WHERE (kiosk, stream) IN {many(_KEY)}
"""  # noqa: S608 - fixed text
_GAPS_OF_ALL = f"""
    SELECT kiosk, stream, first, last FROM gap WHERE (kiosk, stream) IN {many(_KEY)}
    ORDER BY kiosk, stream, first
"""  # noqa: S608 - fixed text
_GAP_CLOSED = "DELETE FROM gap WHERE kiosk = ? AND stream = ? AND first = ?"
_GAP_OPENED = "INSERT INTO gap VALUES (?, ?, ?, ?)"
# where two workers share a stream every other number is a gap until the other one has committed
_GAPS_CLOSED = f"DELETE FROM gap WHERE (kiosk, stream, first) IN {many(_PLACE)}"  # noqa: S608 - fixed text
_GAPS_OPENED = f"INSERT INTO gap {many(_GAP)}"
_STORE = """
    INSERT INTO stream (kiosk, stream, highest, repeats, began_ms, ends) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kiosk, stream) DO UPDATE SET
        highest = excluded.highest, repeats = stream.repeats + excluded.repeats,
        ends = coalesce(excluded.ends, stream.ends)
"""


@dataclass(slots=True)
class _Stream:
    progress: Progress
    archived_upto: int
    gaps_before: frozenset[Gap]
    held: set[int] = field(default_factory=set)
    ends: int | None = None
    is_owed: bool = False  # a receipt


class Streams:
    """For one transaction."""

    def __init__(self, connection: Connection, now_ms: int, *, is_far: bool = False) -> None:
        """`is_far`: each question is a journey, and better one for many things."""
        self._is_far = is_far
        self.repeats: Counter[Key] = Counter()
        self._connection = connection
        self._now_ms = now_ms
        self._streams: dict[Key, _Stream] = {}

    def fetch(self, keys: set[Key]) -> Callable[[], None]:
        """Ask for all at once, where each question would be a journey; what is returned reads the answers."""
        values = columns(_KEY, keys)
        gaps_found = self._connection.execute(_GAPS_OF_ALL, values)
        found = self._connection.execute(_LOAD_ALL, values)

        def read() -> None:
            gaps: dict[Key, list[Gap]] = {}
            for kiosk, stream, *gap in gaps_found.fetchall():
                gaps.setdefault((kiosk, stream), []).append(Gap(*gap))
            self._streams = {key: _Stream(Progress(), 0, frozenset()) for key in keys}
            for kiosk, stream, highest, archived in found.fetchall():
                own = gaps.get((kiosk, stream), [])
                self._streams[kiosk, stream] = _Stream(
                    Progress(highest, own), archived, frozenset(own)
                )

        return read

    def take(self, key: Key, seq: int) -> bool:
        """False when this number is committed already."""
        stream = self._of(key)
        stream.held.add(seq)
        stream.is_owed = True
        return stream.progress.take(seq)

    def ask(self, key: Key) -> None:
        """Its kiosk has come online: a receipt heals whatever was lost."""
        self._of(key).is_owed = True

    def end(self, key: Key, last: int) -> None:
        """The stream ended in damage, after number `last`."""
        stream = self._of(key)
        stream.progress.expect(last)
        stream.ends = last

    def highest(self) -> dict[Key, int]:
        return {key: stream.progress.highest for key, stream in self._streams.items()}

    def store(self) -> None:
        rows: list[tuple[object, ...]] = []
        closed: list[tuple[str | int, ...]] = []
        opened: list[tuple[str | int, ...]] = []
        for key, stream in self._streams.items():
            if not stream.held and stream.ends is None:
                continue
            highest = stream.progress.highest
            rows.append((*key, highest, self.repeats[key], self._now_ms, stream.ends))
            if stream.gaps_before or stream.progress.gaps:
                now = frozenset(stream.progress.gaps)
                closed.extend((*key, gap.first) for gap in stream.gaps_before - now)
                opened.extend((*key, *gap) for gap in now - stream.gaps_before)
        self._connection.executemany(_STORE, rows)
        if self._is_far:
            if closed:
                self._connection.execute(_GAPS_CLOSED, columns(_PLACE, closed))
            if opened:
                self._connection.execute(_GAPS_OPENED, columns(_GAP, opened))
        else:
            self._connection.executemany(_GAP_CLOSED, closed)
            self._connection.executemany(_GAP_OPENED, opened)

    def owed(self) -> set[Place]:
        """The events whose hashes `due` will name."""
        owing = ((key, it.progress.upto) for key, it in self._streams.items() if it.is_owed)
        return {(*key, upto) for key, upto in owing if upto}

    def due(self, chain: ChainCheck, ledger_id: str, now: datetime) -> list[Due]:
        found: list[Due] = []
        for key, stream in self._streams.items():
            if not stream.is_owed:
                continue
            upto = stream.progress.upto
            chain_hash = chain.hash_at(key, upto) if upto else ""
            found.extend(
                Due(
                    key[0],
                    replace(
                        receipt,
                        chain=chain_hash,
                        archived_upto=min(stream.archived_upto, upto),
                        ledger=ledger_id,
                    ),
                )
                for receipt in receipts_for(key[1], stream.progress, stream.held, now)
            )
        return found

    def _of(self, key: Key) -> _Stream:
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = self._load(key)
        return stream

    def _load(self, key: Key) -> _Stream:
        row = self._connection.execute(_LOAD, key).fetchone()
        if row is None:
            return _Stream(Progress(), 0, frozenset())
        gaps = [Gap(*gap) for gap in self._connection.execute(_GAPS, key)]
        return _Stream(Progress(row[0], gaps), row[1], frozenset(gaps))
