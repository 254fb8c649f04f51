"""Does each event follow the one before it? Whichever of two neighbours comes later, they are compared then.

Within a batch by what is in hand, at its edges by a look into the ledger. A number that went into quarantine has the
hash of what lies there.
"""

import hashlib
from typing import NamedTuple

from collector.ledger.connection import Connection, rows_of
from kiosk.wire.events import first_hash

_POISON = """
    SELECT payload FROM quarantine WHERE kiosk = ? AND stream = ? AND seq = ? ORDER BY last_ms DESC, digest
"""
_BREAK = "INSERT INTO chain_break VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_MENDED = "DELETE FROM chain_break WHERE kiosk = ? AND stream = ? AND seq = ?"


class Link(NamedTuple):
    hash: bytes
    prev: bytes | None  # None in events older than the chain


class ChainCheck:
    """For one transaction. `note` what was stored, `note_poison` what was set aside, then `finish`."""

    def __init__(self, connection: Connection, now_ms: int, links: str = "event") -> None:
        """`links` is the table that has the hashes of each event."""
        self._event = (
            f"SELECT hash, prevhash FROM {links} WHERE kiosk = ? AND stream = ? AND seq = ?"  # noqa: S608 - fixed
        )
        self._connection = connection
        self._now_ms = now_ms
        self._stored: dict[tuple[str, str], dict[int, Link]] = {}
        self._poison: dict[tuple[str, str], set[int]] = {}
        self._all = (
            f"SELECT kiosk, stream, seq, hash, prevhash FROM {links} WHERE (kiosk, stream, seq) IN"  # noqa: S608 - fixed
        )
        self._fetched: dict[tuple[str, str, int], tuple[bytes, bytes | None]] = {}

    def fetch(self, places: set[tuple[str, str, int]]) -> None:
        """All at once, where each question would be a journey. Before anything is stored."""
        which, values = rows_of(places)
        for *place, own, prev in self._connection.execute(f"{self._all} {which}", values):
            kiosk, stream, seq = place
            self._fetched[kiosk, stream, seq] = (own, prev)

    def note(self, key: tuple[str, str], seq: int, link: Link) -> None:
        self._stored.setdefault(key, {})[seq] = link

    def note_poison(self, key: tuple[str, str], seq: int) -> None:
        self._poison.setdefault(key, set()).add(seq)

    def finish(self, highest: dict[tuple[str, str], int]) -> None:
        """`highest` is the highest number of each stream: nothing follows it."""
        for key, links in self._stored.items():
            poison = self._poison.get(key, ())
            for seq, link in links.items():
                before = links.get(seq - 1)
                # nearly always that is in hand, and fits
                if before is None or before.hash != link.prev or seq - 1 in poison:
                    self._compare(key, seq, link.prev, self._before(key, seq))
                if seq + 1 not in links and seq < highest[key]:
                    self._compare_next(key, seq)
        for key, numbers in self._poison.items():
            for seq in numbers:
                if seq < highest[key] and seq + 1 not in self._stored.get(key, {}):
                    self._compare_next(key, seq)

    def hash_at(self, key: tuple[str, str], seq: int) -> str:
        """In hexadecimal; empty when nothing is known of this number."""
        found = self._hashes(key, seq)
        return found[0].hex() if found else ""

    def _compare_next(self, key: tuple[str, str], seq: int) -> None:
        found = self._connection.execute(self._event, (*key, seq + 1)).fetchone()
        if found is not None:
            self._compare(key, seq + 1, found[1], self._hashes(key, seq))

    def _compare(
        self, key: tuple[str, str], seq: int, prev: bytes | None, before: list[bytes]
    ) -> None:
        if prev is None or not before:
            return
        if prev not in before:
            self._connection.execute(_BREAK, (*key, seq, self._now_ms))
        elif seq - 1 in self._poison.get(key, ()) or len(before) > 1:
            self._connection.execute(_MENDED, (*key, seq))

    def _before(self, key: tuple[str, str], seq: int) -> list[bytes]:
        if seq == 1:
            return [bytes.fromhex(first_hash(key[1]))]
        return self._hashes(key, seq - 1)

    def known(self, key: tuple[str, str], seq: int) -> tuple[list[bytes], bool]:
        """The hashes of what is known of this number, and whether that is an event: otherwise it is what lies in
        quarantine, if anything."""
        link = self._stored.get(key, {}).get(seq)
        if link is not None:
            return [link.hash], True
        found = self._fetched.get((*key, seq))
        if found is None:
            found = self._connection.execute(self._event, (*key, seq)).fetchone()
        if found is not None:
            return [found[0]], True
        poison = self._connection.execute(_POISON, (*key, seq))
        return [hashlib.sha256(payload).digest() for (payload,) in poison], False

    def _hashes(self, key: tuple[str, str], seq: int) -> list[bytes]:
        return self.known(key, seq)[0]
