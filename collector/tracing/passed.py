"""Whether somebody went in: by what a light barrier has told of their visits (docs/wire.md, `passed`). Asked when a
trace is looked at, and kept nowhere beside the events: intake pays nothing for it.

A notice comes soon after its visit and in the same stream, so that it is looked for among the numbers that follow.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from collector.days import day_of
from collector.ledger.connection import Asking
from collector.tracing.stays import Stay
from kiosk.domain.passage import Passed
from kiosk.wire.data import NOTICE

Seen: TypeAlias = tuple[int, Stay]
"""A person's number, and a stay of theirs."""
# so many numbers behind a visit: minutes of a crowded door
WITHIN = 200
# somebody declares at the kiosk, and then staff send for them: each amends the visit before
_AMENDED = 3
# in PostgreSQL the keys of two days of arrival (collector.ledger.postgres_schema); in a file all that there are
_KEYS_OF_A_DAY = 1 << 36

_PLACE = "kiosk, stream, seq, id, key, placed_ms"
_BY_KEY = f"SELECT {_PLACE} FROM event WHERE key = ?"  # noqa: S608 - our own words
_BY_STAY = f"""
    SELECT {_PLACE} FROM event WHERE key =
        (SELECT event FROM stay WHERE venue = ? AND tin = ? AND person = ? AND tout = ?)
"""  # noqa: S608 - our own words
_TELLS = (
    "SELECT day, kiosk FROM day_notices WHERE day = ? AND kiosk = ? AND notice = 'passed' LIMIT 1"
)
_AFTER = f"""
    SELECT {_PLACE}, type, follows, CASE WHEN type = ? THEN json_extract(message, '$.data.notice') END,
           CASE WHEN type = ? THEN json_extract(message, '$.data.reason') END
    FROM event WHERE kiosk = ? AND stream = ? AND seq > ? AND seq <= ? AND key >= ? AND key < ?
    AND (follows = ? OR (type = ? AND message LIKE ?)) ORDER BY seq
"""  # noqa: S608 - our own words


class _Place(NamedTuple):
    kiosk: str
    stream: str
    seq: int
    id: str
    key: int
    placed_ms: int


def went_in(asking: Asking, seen: Iterable[Seen]) -> Mapping[Seen, Passed]:
    """YES or NO of each stay of which a barrier has told; the others are left out, and unknown."""
    wanted = dict.fromkeys(seen)
    places = _told_of(asking, _places(asking, list(wanted)))
    found: dict[Seen, Passed] = {}
    for _ in range(_AMENDED):
        if not places:
            break
        amended: dict[Seen, _Place] = {}
        for each, rows in zip(places, _after(asking, list(places.values())), strict=True):
            for *place, kind, follows, notice, reason in rows:
                if kind != NOTICE and follows == places[each].id:
                    amended[each] = _Place._make(place)
                elif notice == "passed" and reason in set(Passed):
                    found[each] = Passed.NO if reason == Passed.NO else Passed.YES
        places = amended
    return found


def _places(asking: Asking, seen: Sequence[Seen]) -> dict[Seen, _Place]:
    with asking.together():
        asked = [asking.execute(*_where(person, stay)) for person, stay in seen]
        rows = [each.fetchone() for each in asked]
    return {
        each: _Place._make(row) for each, row in zip(seen, rows, strict=True) if row is not None
    }


def _where(person: int, stay: Stay) -> tuple[str, Sequence[int]]:
    if stay.event:
        return _BY_KEY, [stay.event]
    return _BY_STAY, [stay.venue, stay.tin, person, stay.tout]


def _told_of(asking: Asking, places: Mapping[Seen, _Place]) -> dict[Seen, _Place]:
    """Those at kiosks whose barrier has said anything on that day."""
    days = sorted({(day_of(place.placed_ms), place.kiosk) for place in places.values()})
    with asking.together():
        asked = [asking.execute(_TELLS, each) for each in days]
        tell = {tuple(row) for each in asked for row in each.fetchall()}
    return {
        each: place
        for each, place in places.items()
        if (day_of(place.placed_ms), place.kiosk) in tell
    }


def _after(asking: Asking, places: Sequence[_Place]) -> list[Sequence[Sequence[object]]]:
    with asking.together():
        asked = [asking.execute(_AFTER, _bounds(place)) for place in places]
        return [each.fetchall() for each in asked]


def _bounds(place: _Place) -> list[object]:
    first = place.key // _KEYS_OF_A_DAY * _KEYS_OF_A_DAY
    return [
        *(NOTICE, NOTICE, place.kiosk, place.stream, place.seq, place.seq + WITHIN),
        *(first, first + 2 * _KEYS_OF_A_DAY, place.id, NOTICE, f"%{place.id}%"),
    ]
