"""Who has declared at this kiosk: in RAM only, under pseudonyms whose key is in RAM only.

A person may be known by several numbers, the old card's and the new one's. A declaration that named several ties them
together: from then on any of them finds the person.
"""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.domain.declaration import Declaration, Risk, Source
from kiosk.domain.identity import Identity
from kiosk.privacy.pseudonym import new_key, pseudonym
from kiosk.store.people import PeopleDatabase

TABLES = (
    "CREATE TABLE IF NOT EXISTS door_key (key BLOB NOT NULL) STRICT",
    """
    CREATE TABLE IF NOT EXISTS known (key BLOB NOT NULL PRIMARY KEY, person BLOB NOT NULL) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS known_person ON known (person)",
    """
    CREATE TABLE IF NOT EXISTS declarations (
        person BLOB NOT NULL PRIMARY KEY,
        id TEXT NOT NULL,
        made_at_us INTEGER NOT NULL,
        source TEXT NOT NULL,
        risk TEXT NOT NULL,
        questions_version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DeclaredPeople(PeopleDatabase):
    """Under a key that is made with the memory, and forgotten with it."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path, TABLES)
        self._key = b""

    def open(self) -> None:
        super().open()
        with self._db.atomic() as db:
            db.conn.execute(
                "INSERT INTO door_key SELECT ? WHERE NOT EXISTS (SELECT 1 FROM door_key)",
                [new_key()],
            )
        self._key = self._db.conn.execute("SELECT key FROM door_key").fetchone()[0]

    def close(self) -> None:
        self._key = b""
        super().close()

    def person_key(self, identity: Identity) -> bytes:
        """32 bytes that stand for this person until `close`, whichever of their tied codes they show. Somebody without
        any identifier is a new person every time."""
        keys = self._keys(identity)
        if not keys:
            return secrets.token_bytes(32)
        return next(iter(self._people(keys)), keys[0])

    def remember(self, identity: Identity, declaration: Declaration) -> None:
        """From now on every identifier of this identity finds this declaration, or a later one. Nothing is remembered
        of somebody without identifiers."""
        keys = self._keys(identity)
        if not keys:
            return
        people = self._people(keys)
        person = next(iter(people), keys[0])
        with self._db.atomic() as db:
            for key in keys:
                db.conn.execute("INSERT OR REPLACE INTO known VALUES (?, ?)", [key, person])
            for other in people:
                if other != person:
                    db.conn.execute("UPDATE known SET person = ? WHERE person = ?", [person, other])
                    db.conn.execute("DELETE FROM declarations WHERE person = ?", [other])
            db.conn.execute(
                "INSERT OR REPLACE INTO declarations VALUES (?, ?, ?, ?, ?, ?)",
                [
                    *(person, declaration.id, (declaration.made_at - _EPOCH) // _MICROSECOND),
                    *(declaration.source, declaration.risk, declaration.questions_version),
                ],
            )

    def find(self, identity: Identity) -> Declaration | None:
        """The newest declaration of whoever any of these identifiers belongs to."""
        found = [self._declaration(person) for person in self._people(self._keys(identity))]
        made = [declaration for declaration in found if declaration is not None]
        return max(made, key=lambda declaration: declaration.made_at, default=None)

    def purge(self, now: datetime, keep: timedelta) -> int:
        """Forget declarations made more than `keep` ago, and by which numbers their people were known; how many."""
        before = (now - keep - _EPOCH) // _MICROSECOND
        with self._db.atomic() as db:
            gone = db.conn.execute(
                "DELETE FROM declarations WHERE made_at_us < ?", [before]
            ).rowcount
            db.conn.execute(
                "DELETE FROM known WHERE person NOT IN (SELECT person FROM declarations)"
            )
        return int(gone)

    def __len__(self) -> int:
        return int(self._db.conn.execute("SELECT COUNT(*) FROM declarations").fetchone()[0])

    def _keys(self, identity: Identity) -> list[bytes]:
        return [pseudonym(self._key, i.scheme, i.value) for i in identity.identifiers]

    def _people(self, keys: list[bytes]) -> list[bytes]:
        """The people these keys are tied to, each once, in the order of the keys."""
        found: dict[bytes, None] = {}
        for key in keys:
            row = self._db.conn.execute("SELECT person FROM known WHERE key = ?", [key]).fetchone()
            if row is not None:
                found[row[0]] = None
        return list(found)

    def _declaration(self, person: bytes) -> Declaration | None:
        row = self._db.conn.execute(
            """
            SELECT id, made_at_us, source, risk, questions_version FROM declarations
            WHERE person = ?
            """,
            [person],
        ).fetchone()
        if row is None:
            return None
        made_at = _EPOCH + row[1] * _MICROSECOND
        return Declaration(row[0], made_at, Source(row[2]), Risk(row[3]), row[4])
