"""Does each event follow the one before it? Whichever of two neighbours comes later, they are compared then.

Within a batch by what is in hand, at its edges by a look into the ledger. A number that went into quarantine has the
hash of what lies there.
"""

import hashlib
from typing import NamedTuple

from collector.ledger.connection import Connection, columns, many
from kiosk.wire.events import first_hash

# what has vanished has left its hash
_POISON = """
    SELECT payload, hash FROM quarantine WHERE kiosk = ? AND stream = ? AND seq = ? ORDER BY last_ms DESC, digest
"""
_PLACE = ("text", "text", "bigint")
_POISON_OF_ALL = f"""
    SELECT kiosk, stream, seq, payload, hash FROM quarantine WHERE (kiosk, stream, seq) IN {many(_PLACE)}
    ORDER BY last_ms DESC, digest
"""  # noqa: S608 - fixed text
_BREAK = "INSERT INTO chain_break VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_MENDED = "DELETE FROM chain_break WHERE kiosk = ? AND stream = ? AND seq = ?"


Place = tuple[str, str, int]  # kiosk, stream, number


class Link(NamedTuple):
    hash: bytes
    prev: bytes | None  # None in events older than the chain


class Known(NamedTuple):
    id: str
    hash: bytes
    prev: bytes | None


def hash_of(payload: bytes, left: bytes | None) -> bytes:
    """Of a message in quarantine, or what is left of it."""
    return left or hashlib.sha256(payload).digest()


class ChainCheck:
    """For one transaction. `note` what was stored, `note_poison` what was set aside, then `finish`."""

    def __init__(self, connection: Connection, now_ms: int, links: str = "event") -> None:
        """`links` is the table that has the hashes of each event."""
        self._event = (
            f"SELECT id, hash, prevhash FROM {links} WHERE kiosk = ? AND stream = ? AND seq = ?"  # noqa: S608 - fixed
        )
        self._all = (
            f"SELECT kiosk, stream, seq, id, hash, prevhash FROM {links}"  # noqa: S608 - fixed
            f" WHERE (kiosk, stream, seq) IN {many(_PLACE)}"
        )
        self._connection = connection
        self._now_ms = now_ms
        self._stored: dict[tuple[str, str], dict[int, Link]] = {}
        self._poison: dict[tuple[str, str], set[int]] = {}
        # what was asked for at once: None where there is no event; and what lies in quarantine there
        self._fetched: dict[Place, Known | None] = {}
        self._lying: dict[Place, list[bytes]] = {}

    def fetch(self, places: set[Place]) -> None:
        """All at once, where each question would be a journey."""
        places = places - self._fetched.keys()
        if not places:
            return
        values = columns(_PLACE, places)
        self._fetched.update(dict.fromkeys(places))
        events = self._connection.execute(self._all, values)
        set_aside = self._connection.execute(_POISON_OF_ALL, values)
        for kiosk, stream, seq, *found in events.fetchall():
            self._fetched[kiosk, stream, seq] = Known(*found)
        for kiosk, stream, seq, *lying in set_aside.fetchall():
            self._lying.setdefault((kiosk, stream, seq), []).append(hash_of(*lying))

    def event(self, place: Place) -> Known | None:
        """What the ledger has under this number."""
        if place in self._fetched:
            return self._fetched[place]
        row = self._connection.execute(self._event, place).fetchone()
        return None if row is None else Known(*row)

    def note(self, key: tuple[str, str], seq: int, link: Link) -> None:
        self._stored.setdefault(key, {})[seq] = link
        self._fetched.pop((*key, seq), None)

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
        found = self.event((*key, seq + 1))
        if found is not None:
            self._compare(key, seq + 1, found.prev, self._hashes(key, seq))

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
        found = self.event((*key, seq))
        if found is not None:
            return [found.hash], True
        if (*key, seq) in self._fetched and seq not in self._poison.get(key, ()):
            return self._lying.get((*key, seq), []), False
        poison = self._connection.execute(_POISON, (*key, seq))
        return [hash_of(*lying) for lying in poison], False

    def _hashes(self, key: tuple[str, str], seq: int) -> list[bytes]:
        return self.known(key, seq)[0]
