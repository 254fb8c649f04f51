"""The tags of people who declared elsewhere, and the keys of their days: in the database in RAM.

The uplink fetches them, the loop looks people up. A day's tags grow at their end and are numbered from 0, so that a
fetch goes on where the last one stopped; a tag that is withdrawn is a later entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kiosk.domain.identity import Identity
from kiosk.domain.names import folded_name
from kiosk.privacy.tags import tag
from kiosk.store.people import PeopleDatabase

TABLES = (
    """
    CREATE TABLE IF NOT EXISTS tag_day (
        day TEXT NOT NULL PRIMARY KEY, key BLOB NOT NULL, position INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS tag (
        day TEXT NOT NULL, tag BLOB NOT NULL, PRIMARY KEY (day, tag)
    ) STRICT, WITHOUT ROWID
    """,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a day's list: somebody has declared, or no longer counts as declared."""

    tag: bytes
    withdrawn: bool


class Tags(PeopleDatabase):
    """Loop and uplink have one each on the same file."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path, TABLES)

    def knows(self, identity: Identity, day: date) -> bool:
        """Whether whoever this is has declared elsewhere and counts as declared on `day`."""
        found = self._db.conn.execute(
            "SELECT key FROM tag_day WHERE day = ?", [str(day)]
        ).fetchone()
        if found is None:
            return False
        year, name = identity.birth[:4], folded_name(identity.name)
        return any(
            self._db.conn.execute(
                "SELECT 1 FROM tag WHERE day = ? AND tag = ?",
                [str(day), tag(found[0], identifier, year, name)],
            ).fetchone()
            for identifier in identity.identifiers
        )

    def state(self, day: date) -> tuple[bytes, int]:
        """The key of this day, and how many of its entries are here; no key and 0 when it is unknown."""
        found = self._db.conn.execute(
            "SELECT key, position FROM tag_day WHERE day = ?", [str(day)]
        ).fetchone()
        return (b"", 0) if found is None else (found[0], int(found[1]))

    def extend(self, day: date, key: bytes, position: int, entries: Sequence[Entry]) -> None:
        """Add the entries that follow number `position` of this day; all of them or none."""
        with self._db.atomic() as db:
            if position == 0:
                db.conn.execute("DELETE FROM tag WHERE day = ?", [str(day)])
            for entry in entries:
                sql = (
                    "DELETE FROM tag WHERE day = ? AND tag = ?"
                    if entry.withdrawn
                    else "INSERT OR IGNORE INTO tag VALUES (?, ?)"
                )
                db.conn.execute(sql, [str(day), entry.tag])
            db.conn.execute(
                "INSERT OR REPLACE INTO tag_day VALUES (?, ?, ?)",
                [str(day), key, position + len(entries)],
            )

    def forget_before(self, day: date) -> None:
        """Days that are over: their keys and their tags."""
        with self._db.atomic() as db:
            db.conn.execute("DELETE FROM tag WHERE day < ?", [str(day)])
            db.conn.execute("DELETE FROM tag_day WHERE day < ?", [str(day)])

    def __len__(self) -> int:
        return int(self._db.conn.execute("SELECT COUNT(*) FROM tag").fetchone()[0])
