"""The engines that tracing is held against, on the same stays: SQLite with one index a column, SQLite with the islands
of F2, DuckDB with the same."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np

from bench.province import DAY_S, START_S, Visits
from collector.tracing.blocks import SECONDS, Ints
from collector.tracing.second import BEFORE_S, Terms, islands
from collector.tracing.stays import MAX_STAY_S

Islands = tuple[Ints, Ints]


class Naive:
    """A table with its two obvious indexes, and the query one would write first."""

    def __init__(self, visits: Visits, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE visit (venue INTEGER, tin INTEGER, person INTEGER, tout INTEGER)"
        )
        columns = (visits.venue, visits.tin, visits.person, visits.tout)
        order = np.argsort(visits.tin)  # as it would have come in
        for part in np.array_split(order, max(1, len(order) // 500_000)):
            with self._db:
                rows = zip(*(each[part].tolist() for each in columns), strict=True)
                self._db.executemany("INSERT INTO visit VALUES (?, ?, ?, ?)", rows)
        self._db.execute("CREATE INDEX by_venue ON visit (venue)")
        self._db.execute("CREATE INDEX by_person ON visit (person)")
        self._db.execute("ANALYZE")

    def first(self, case: int, begin_s: int, end_s: int) -> Mapping[int, int]:
        """Seconds together with each of F1."""
        sql = """
            SELECT other.person, sum(min(own.tout, other.tout) - max(own.tin, other.tin))
            FROM visit AS own JOIN visit AS other ON other.venue = own.venue
             AND other.tin < own.tout AND other.tout > own.tin AND other.person <> own.person
            WHERE own.person = ? AND own.tin >= ? AND own.tin < ? GROUP BY 1
        """
        return dict(self._db.execute(sql, (case, begin_s, end_s)).fetchall())


class SqliteIslands:
    """The ledger's own table and covering indexes; the range join of F2 in SQL."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        self._db.execute("CREATE TEMP TABLE island (venue INTEGER, begin INTEGER, end INTEGER)")

    def stays(self, exposed: Mapping[int, int], terms: Terms) -> Islands:
        sql = "SELECT venue, tin, tout FROM stay WHERE person = ? AND tin > ? AND tin < ?"
        rows = [
            row
            for person, since in exposed.items()
            for row in self._db.execute(sql, (person, since - BEFORE_S, terms.end_s))
        ]
        if terms.cap:
            small = {
                each: self._is_small(*each, terms.cap)
                for each in {(v, _day(t)) for v, t, _ in rows}
            }
            rows = [row for row in rows if small[row[0], _day(row[1])]]
        venue, tin, tout = np.array(rows, np.int64).reshape(-1, 3).T
        return islands(venue << 32 | tin, venue << 32 | tout)

    def _is_small(self, venue: int, day: int, cap: int) -> bool:
        begin_s = START_S + day * DAY_S
        sql = (
            "SELECT count(*) FROM"
            " (SELECT 1 FROM stay WHERE venue = ? AND tin >= ? AND tin < ? LIMIT ?)"
        )
        row = (venue, begin_s, begin_s + DAY_S, cap + 1)
        return bool(self._db.execute(sql, row).fetchone()[0] <= cap)

    def second(self, found: Islands, least_s: int) -> set[int]:
        self._db.execute("DELETE FROM island")
        self._db.executemany("INSERT INTO island VALUES (?, ?, ?)", _rows(found))
        sql = f"""
            SELECT person FROM island CROSS JOIN stay ON stay.venue = island.venue
             AND tin > begin - {MAX_STAY_S} AND tin < end AND tout > begin
            GROUP BY person HAVING sum(min(tout, end) - max(tin, begin)) >= ?
        """  # noqa: S608 - a number of ours
        return {row[0] for row in self._db.execute(sql, (least_s,))}


class Duck:
    """Sorted by venue and beginning, in memory, both cores."""

    def __init__(self, visits: Visits) -> None:
        self._db = duckdb.connect()
        data = {
            "venue": visits.venue.astype(np.int32),
            "tin": visits.tin,
            "person": visits.person.astype(np.int32),
            "tout": visits.tout,
        }
        self._db.register("arrays", data)
        self._db.execute("CREATE TABLE stay AS SELECT * FROM arrays")
        self._db.unregister("arrays")

    def stays(self, exposed: Mapping[int, int], terms: Terms) -> Islands:
        people = {
            "who": np.array(list(exposed), np.int32),
            "since": np.array(list(exposed.values()), np.int64) - BEFORE_S,
        }
        self._db.register("f1", people)
        sql = f"""
            WITH own AS (
                SELECT venue, tin, tout, (tin - {START_S}) // {DAY_S} AS day
                FROM stay JOIN f1 ON person = who WHERE tin > since AND tin < {terms.end_s}
            )
        """  # noqa: S608 - numbers of ours
        sql += "SELECT venue, tin, tout FROM own"
        if terms.cap:
            sql += f"""
                ANTI JOIN (
                    SELECT stay.venue, (stay.tin - {START_S}) // {DAY_S} AS day FROM stay
                    SEMI JOIN own ON own.venue = stay.venue GROUP BY ALL HAVING count(*) > {terms.cap}
                ) AS crowded USING (venue, day)
            """  # noqa: S608 - numbers of ours
        got = self._db.execute(sql).fetchnumpy()
        venue = got["venue"].astype(np.int64)
        return islands(venue << 32 | got["tin"], venue << 32 | got["tout"])

    def second(self, found: Islands, least_s: int) -> set[int]:
        begin, end = found
        self._db.register(
            "island",
            {
                "place": (begin >> 32).astype(np.int32),
                "a": begin & SECONDS,
                "b": end & SECONDS,
            },
        )
        sql = f"""
            SELECT person FROM stay JOIN island ON venue = place
             AND tin > a - {MAX_STAY_S} AND tin < b AND tout > a
            GROUP BY person HAVING sum(least(tout, b) - greatest(tin, a)) >= {least_s}
        """  # noqa: S608 - numbers of ours
        return set(self._db.execute(sql).fetchnumpy()["person"].tolist())


def _day(at_s: int) -> int:
    return (at_s - START_S) // DAY_S


def _rows(found: Islands) -> Iterable[Sequence[int]]:
    begin, end = found
    columns = ((begin >> 32).tolist(), (begin & SECONDS).tolist(), (end & SECONDS).tolist())
    return zip(*columns, strict=True)
