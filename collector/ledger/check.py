"""Counts the whole ledger anew, and compares with what was counted along the way."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from collector.days import day_of
from collector.ledger.chain import hash_of
from collector.ledger.connection import Connection
from collector.ledger.port import ChainBreak, KioskCheck, LedgerCheck, Link, MissingRange
from kiosk.wire.events import first_hash


def check(
    db: Connection, damage: Sequence[str], links: str = "event", gone: str = ""
) -> LedgerCheck:
    """Reads every row: seconds for millions of events. `damage` is what the store says of its own files, `links` the
    table that has id and hashes of each event, `gone` the one that has the number of visits that are no more."""
    kiosks = [_kiosk(db, kiosk) for kiosk in _names(db)]
    return LedgerCheck(kiosks, [*damage, *_faults(db, links, gone)])


def _names(db: Connection) -> list[str]:
    tables = ("stream", "quarantine", "sworn", "head_refused")
    heard = " UNION ".join(f"SELECT kiosk FROM {it}" for it in tables)  # noqa: S608 - fixed
    return [kiosk for (kiosk,) in db.execute(f"{heard} ORDER BY kiosk")]


def _kiosk(db: Connection, kiosk: str) -> KioskCheck:
    events = db.execute("SELECT count(*) FROM event WHERE kiosk = ?", [kiosk]).fetchone()[0]
    by_verdict = _counted(
        db,
        "SELECT verdict, count(*) FROM event WHERE kiosk = ? AND verdict IS NOT NULL GROUP BY verdict",
        kiosk,
    )
    streams, repeats = db.execute(
        "SELECT count(*), CAST(coalesce(sum(repeats), 0) AS BIGINT) FROM stream WHERE kiosk = ?",
        [kiosk],
    ).fetchone()
    gaps = db.execute(
        "SELECT stream, first, last, last <= coalesce(ends, 0) FROM gap JOIN stream USING (kiosk, stream)"
        " WHERE kiosk = ? ORDER BY stream, first",
        [kiosk],
    )
    breaks = db.execute(
        "SELECT stream, seq, 0 FROM chain_break WHERE kiosk = ?"
        " UNION SELECT stream, seq, 1 FROM head_break WHERE kiosk = ? ORDER BY stream, seq",
        [kiosk, kiosk],
    )
    to_come = db.execute(
        "SELECT CAST(coalesce(sum(CASE WHEN upto > coalesce(highest, 0)"
        " THEN upto - coalesce(highest, 0) END), 0) AS BIGINT)"
        " FROM sworn LEFT JOIN stream USING (kiosk, stream) WHERE kiosk = ?",
        [kiosk],
    ).fetchone()[0]
    refused_heads = db.execute(
        "SELECT CAST(coalesce(sum(times), 0) AS BIGINT) FROM head_refused WHERE kiosk = ?", [kiosk]
    ).fetchone()[0]
    unopened = db.execute(
        "SELECT count(*) FROM event WHERE kiosk = ? AND link = 2", [kiosk]
    ).fetchone()[0]
    quarantined = _counted(
        db, "SELECT reason, count(*) FROM quarantine WHERE kiosk = ? GROUP BY reason", kiosk
    )
    return KioskCheck(
        kiosk=kiosk,
        events=events,
        visits=sum(by_verdict.values()),
        by_verdict=by_verdict,
        streams=streams,
        repeats=repeats,
        missing=[
            MissingRange(stream, first, last, bool(lost)) for stream, first, last, lost in gaps
        ],
        breaks=[ChainBreak(stream, seq, bool(sworn)) for stream, seq, sworn in breaks],
        quarantined=quarantined,
        unopened=unopened,
        to_come=to_come,
        refused_heads=refused_heads,
    )


def _counted(db: Connection, sql: str, kiosk: str) -> dict[str, int]:
    return dict(db.execute(sql, [kiosk]).fetchall())


def _faults(db: Connection, links: str, gone: str) -> list[str]:
    faults = []
    if _visits_recounted(db, gone) != _visits_counted(db):
        faults.append("the counts of a day differ from the events")
    if _streams_recounted(db, links) != _streams_counted(db):
        faults.append("the progress of a stream differs from its events")
    if any(_altered(db)):
        faults.append("an event was altered after it was stored")
    if _breaks_recounted(db, links) != set(
        db.execute("SELECT kiosk, stream, seq FROM chain_break")
    ):
        faults.append("the breaks of a chain differ from its events")
    if any(db.execute(_HEADS_ASTRAY.format(links=links))):
        faults.append("what kiosks have sworn was not compared with their events")
    return faults


_HEADS_ASTRAY = """
    SELECT seq FROM sworn_head JOIN {links} USING (kiosk, stream, seq)
    UNION ALL
    SELECT seq FROM head_break JOIN {links} AS event USING (kiosk, stream, seq)
    WHERE event.hash = head_break.hash AND NOT EXISTS (
        SELECT 1 FROM head_break AS other WHERE other.kiosk = head_break.kiosk
            AND other.stream = head_break.stream AND other.seq = head_break.seq AND other.hash <> event.hash)
"""


def _altered(db: Connection) -> Iterator[bool]:
    """Of those that are kept as they came: what has a contact is not, that is wrapped."""
    rows = db.execute(
        "SELECT message, hash FROM event WHERE link <> ? AND message NOT LIKE ?",
        [Link.OPENED, '%"wrapped":%'],
    )
    return (hashlib.sha256(message.encode()).digest() != found for message, found in rows)


def _breaks_recounted(db: Connection, links: str) -> set[tuple[str, str, int]]:
    poison: dict[tuple[str, str, int], list[bytes]] = {}
    for kiosk, stream, seq, *lying in db.execute(
        "SELECT kiosk, stream, seq, payload, hash FROM quarantine WHERE stream IS NOT NULL"
    ):
        poison.setdefault((kiosk, stream, seq), []).append(hash_of(*lying))
    rows = db.execute(
        f"""
        SELECT event.kiosk, event.stream, event.seq, event.prevhash, before.hash
        FROM {links} AS event LEFT JOIN {links} AS before
            ON before.kiosk = event.kiosk AND before.stream = event.stream AND before.seq = event.seq - 1
        WHERE event.prevhash IS NOT NULL
        """  # noqa: S608 - fixed
    )
    breaks = set()
    for kiosk, stream, seq, prev, before in rows:
        first = bytes.fromhex(first_hash(stream)) if seq == 1 else before
        known = [first] if first else poison.get((kiosk, stream, seq - 1), [])
        if known and prev not in known:
            breaks.add((kiosk, stream, seq))
    return breaks


def _visits_recounted(db: Connection, gone: str) -> Counter[tuple[int, str, str]]:
    rows = db.execute("SELECT at_ms, kiosk, verdict FROM event WHERE verdict IS NOT NULL")
    found = Counter((day_of(at_ms), kiosk, verdict) for at_ms, kiosk, verdict in rows)
    if gone:
        for day, kiosk, verdict, visits in db.execute(
            f"SELECT day, kiosk, verdict, visits FROM {gone}"  # noqa: S608 - fixed
        ):
            found[day, kiosk, verdict] += visits
    return found


def _visits_counted(db: Connection) -> Counter[tuple[int, str, str]]:
    rows = db.execute("SELECT day, kiosk, verdict, visits FROM visits_of_a_day")
    return Counter({(day, kiosk, verdict): visits for day, kiosk, verdict, visits in rows})


def _streams_recounted(db: Connection, links: str) -> set[tuple[str, str, int, int]]:
    """How many numbers of each stream are there, as events or in quarantine, and the highest that is known of."""
    rows = db.execute(
        f"""
        SELECT kiosk, stream, count(found.seq),
            CASE WHEN max(stream.ends) > coalesce(max(found.seq), 0) THEN max(stream.ends)
                 ELSE coalesce(max(found.seq), 0) END
        FROM (
            SELECT kiosk, stream, seq FROM {links}
            UNION SELECT kiosk, stream, seq FROM quarantine WHERE stream IS NOT NULL
        ) AS found FULL JOIN stream USING (kiosk, stream) GROUP BY kiosk, stream
        """  # noqa: S608 - fixed
    )
    return set(rows)


def _streams_counted(db: Connection) -> set[tuple[str, str, int, int]]:
    rows = db.execute(
        """
        SELECT kiosk, stream, highest - (
            SELECT CAST(coalesce(sum(last - first + 1), 0) AS BIGINT) FROM gap
            WHERE gap.kiosk = stream.kiosk AND gap.stream = stream.stream
        ), highest FROM stream
        """
    )
    return set(rows)
