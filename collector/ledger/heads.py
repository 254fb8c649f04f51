"""What kiosks have sworn to be the end of their streams, held against the events, whichever of the two comes first."""

from collections.abc import Mapping, Sequence

from collector.ledger.chain import ChainCheck
from collector.ledger.connection import Connection, columns, many
from collector.ledger.port import SwornHead

# ends that wait for their events, a stream: more than three hours of a minute each. Beyond it new ones are not kept:
# the chain lets those that are kept speak for all before them.
MAX_WAITING = 200

_Key = tuple[str, str]

_NEWEST = """
    INSERT INTO sworn VALUES (?, ?, ?, ?)
    ON CONFLICT (kiosk, stream) DO UPDATE SET
        upto = CASE WHEN sworn.upto > excluded.upto THEN sworn.upto ELSE excluded.upto END,
        told_ms = excluded.told_ms
"""
_REFUSED = """
    INSERT INTO head_refused VALUES (?, 1, ?)
    ON CONFLICT (kiosk) DO UPDATE SET times = head_refused.times + 1, last_ms = excluded.last_ms
"""
_WAIT = "INSERT INTO sworn_head VALUES (?, ?, ?, ?)"
_HOW_MANY = "SELECT count(*) FROM sworn_head WHERE kiosk = ? AND stream = ?"
_WAITING = "SELECT seq, hash FROM sworn_head WHERE kiosk = ? AND stream = ? AND seq <= ?"
_KEY = ("text", "text")
_WAITING_OF_ALL = (
    f"SELECT kiosk, stream, seq, hash FROM sworn_head WHERE (kiosk, stream) IN {many(_KEY)}"  # noqa: S608 - fixed text
)
_WAITS = "SELECT hash FROM sworn_head WHERE kiosk = ? AND stream = ? AND seq = ?"
_CAME = "DELETE FROM sworn_head WHERE kiosk = ? AND stream = ? AND seq = ?"
_BREAK = "INSERT INTO head_break VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"


class Heads:
    """For one transaction, after the chain was checked."""

    def __init__(
        self, connection: Connection, chain: ChainCheck, now_ms: int, *, is_far: bool = False
    ) -> None:
        self._is_far = is_far
        self._connection = connection
        self._chain = chain
        self._now_ms = now_ms

    def compare(self, highest: Mapping[_Key, int]) -> None:
        """With what waits in the streams of this batch, whose highest numbers these are."""
        if self._connection.execute("SELECT 1 FROM sworn_head LIMIT 1").fetchone() is None:
            return
        for key, seq, sworn in self._waiting(highest):
            if self._has_come(key, seq, sworn):
                self._connection.execute(_CAME, (*key, seq))

    def _waiting(self, highest: Mapping[_Key, int]) -> list[tuple[_Key, int, bytes]]:
        """Those whose numbers have been reached."""
        if self._is_far:
            rows = self._connection.execute(_WAITING_OF_ALL, columns(_KEY, highest))
            found = [((kiosk, stream), seq, sworn) for kiosk, stream, seq, sworn in rows]
            return [each for each in found if each[1] <= highest[each[0]]]
        return [
            (key, *row)
            for key, upto in highest.items()
            for row in self._connection.execute(_WAITING, (*key, upto)).fetchall()
        ]

    def note(self, heads: Sequence[SwornHead]) -> None:
        for head in heads:
            if not head.is_sworn:
                self._connection.execute(_REFUSED, (head.kiosk, self._now_ms))
                continue
            key = (head.kiosk, head.stream)
            self._connection.execute(_NEWEST, (*key, head.seq, self._now_ms))
            if head.seq and not self._has_come(key, head.seq, head.hash):
                self._wait(key, head)

    def _wait(self, key: _Key, head: SwornHead) -> None:
        earlier = self._connection.execute(_WAITS, (*key, head.seq)).fetchone()
        if earlier is None:
            (waiting,) = self._connection.execute(_HOW_MANY, key).fetchone()
            if waiting < MAX_WAITING:
                self._connection.execute(_WAIT, (*key, head.seq, head.hash))
        elif earlier[0] != head.hash:  # it swears now this, now that
            self._break(key, head.seq, head.hash)

    def _has_come(self, key: _Key, seq: int, sworn: bytes) -> bool:
        """What lies in quarantine counts when it is what was sworn to; the right one may still come."""
        found, is_event = self._chain.known(key, seq)
        if is_event and sworn not in found:
            self._break(key, seq, sworn)
        return is_event or sworn in found

    def _break(self, key: _Key, seq: int, sworn: bytes) -> None:
        self._connection.execute(_BREAK, (*key, seq, sworn, self._now_ms))
