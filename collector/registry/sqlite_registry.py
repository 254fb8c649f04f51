"""The registry in one SQLite file of its own: office, portal and inbox may all read it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from collector.days import ms_of
from collector.registry import sqlite_rows as rows
from collector.registry.migrations import migrations
from collector.registry.port import (
    EVERY_VENUE,
    Admission,
    Enrolment,
    RegistryError,
    Taken,
    VenueFilter,
)
from collector.registry.shapes import (
    STAY_MIN,
    Organisation,
    RegisteredKiosk,
    Venue,
    VenueType,
)
from collector.sqlite_file import SqliteFile


class SqliteRegistry:
    """Implements collector.registry.port.Registry. Each call opens the file for itself."""

    def __init__(self, path: Path) -> None:
        # the portal and the inbox may run as other users of the same group
        self._file = SqliteFile(path, "the registry", RegistryError, migrations.apply, mode=0o660)

    def organisations(self) -> Sequence[Organisation]:
        found = self._rows("SELECT * FROM organisation ORDER BY name, id")
        return [rows.organisation_of(row) for row in found]

    def organisation(self, organisation: str) -> Organisation | None:
        found = self._rows("SELECT * FROM organisation WHERE id = ?", [organisation])
        return rows.organisation_of(found[0]) if found else None

    def venues(
        self, wanted: VenueFilter = EVERY_VENUE, offset: int = 0, limit: int = -1
    ) -> Sequence[Venue]:
        condition, values = rows.where(wanted)
        found = self._rows(
            f"SELECT * FROM venue WHERE {condition} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608 - our own words
            [*values, limit, offset],
        )
        return [rows.venue_of(row) for row in found]

    def count_venues(self, wanted: VenueFilter = EVERY_VENUE) -> int:
        condition, values = rows.where(wanted)
        found = self._rows(f"SELECT COUNT(*) AS n FROM venue WHERE {condition}", values)  # noqa: S608 - our own words
        return int(found[0]["n"])

    def venue(self, venue: str) -> Venue | None:
        found = self._rows("SELECT * FROM venue WHERE id = ?", [venue])
        return rows.venue_of(found[0]) if found else None

    def districts(self) -> Sequence[str]:
        found = self._rows("SELECT DISTINCT district FROM venue WHERE district != '' ORDER BY 1")
        return [row["district"] for row in found]

    def kiosks(self, venue: str = "") -> Sequence[RegisteredKiosk]:
        sql = "SELECT id, venue, door FROM kiosk WHERE ? IN ('', venue) ORDER BY id"
        with self._file.open() as db:  # ten thousand of them on a page that comes in a blink
            return [RegisteredKiosk(*row) for row in db.conn.execute(sql, [venue])]

    def kiosk(self, kiosk: str) -> RegisteredKiosk | None:
        found = self._rows("SELECT * FROM kiosk WHERE id = ?", [kiosk])
        return rows.kiosk_of(found[0]) if found else None

    def put(
        self,
        organisations: Iterable[Organisation] = (),
        venues: Iterable[Venue] = (),
        kiosks: Iterable[RegisteredKiosk] = (),
    ) -> Taken:
        with self._file.writing() as db:
            # a list may name an organisation before the one it is part of
            db.conn.execute("PRAGMA defer_foreign_keys=ON")
            counted = [
                _upsert(db, "organisation", map(rows.organisation_row, organisations)),
                _upsert(db, "venue", map(rows.venue_row, venues)),
                _upsert(db, "kiosk", map(rows.kiosk_row, kiosks)),
            ]
        return Taken(
            sum(one.new for one in counted),
            sum(one.changed for one in counted),
            sum(one.same for one in counted),
        )

    def remove_kiosk(self, kiosk: str) -> None:
        with self._file.writing() as db:
            db.conn.execute("DELETE FROM kiosk WHERE id = ?", [kiosk])

    def stays_min(self) -> Mapping[VenueType, int]:
        corrected = {row["type"]: row["minutes"] for row in self._rows("SELECT * FROM stay")}
        return {kind: corrected.get(kind, usual) for kind, usual in STAY_MIN.items()}

    def put_stay(self, kind: VenueType, minutes: int) -> None:
        with self._file.writing() as db:
            db.table("stay").upsert({"type": str(kind), "minutes": minutes}, pk="type")

    def add_enrolment(self, enrolment: Enrolment) -> None:
        with self._file.writing() as db:
            db.conn.execute(
                "DELETE FROM enrolment WHERE expires_ms < ?", [_day_before(enrolment.made_at)]
            )
            db.table("enrolment").insert(rows.enrolment_row(enrolment))

    def claim_enrolment(
        self, token_hash: bytes, kiosk: str, key_hash: bytes, now: datetime
    ) -> Enrolment | None:
        with self._file.writing() as db:
            db.conn.execute(
                "UPDATE enrolment SET used_ms = ?, key_hash = ?"
                " WHERE token_hash = ? AND kiosk = ? AND used_ms IS NULL AND expires_ms > ?",
                [ms_of(now), key_hash, token_hash, kiosk, ms_of(now)],
            )
            found = _found(db, "SELECT * FROM enrolment WHERE token_hash = ?", [token_hash])
        return rows.enrolment_of(found[0]) if found else None

    def admissions(self) -> Sequence[Admission]:
        return [
            rows.admission_of(row) for row in self._rows("SELECT * FROM admission ORDER BY kiosk")
        ]

    def admission(self, kiosk: str) -> Admission | None:
        found = self._rows("SELECT * FROM admission WHERE kiosk = ?", [kiosk])
        return rows.admission_of(found[0]) if found else None

    def put_admission(self, admission: Admission) -> None:
        with self._file.writing() as db:
            db.table("admission").upsert(rows.admission_row(admission), pk="kiosk")

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with self._file.open() as db:
            return _found(db, statement, values)


def _day_before(at: datetime) -> int:
    return ms_of(at) - 24 * 3600 * 1000


def _found(db: Database, statement: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    cursor = db.conn.execute(statement, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _upsert(db: Database, table: str, wanted: Iterable[dict[str, Any]]) -> Taken:
    """What stays as it is is not written again."""
    before = {row["id"]: row for row in _found(db, f"SELECT * FROM {table}", [])}  # noqa: S608 - our own words
    fresh, same = [], 0
    for row in wanted:
        if before.get(row["id"]) == row:
            same += 1
        else:
            fresh.append(row)
    new = sum(row["id"] not in before for row in fresh)
    db.table(table).upsert_all(fresh, pk="id")
    return Taken(new, len(fresh) - new, same)
