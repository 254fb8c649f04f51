"""Who comes to a venue of a made-up province on a day, what they show, and who only pretends."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from collector.demo import people
from collector.demo.kiosk import MadeKiosk
from collector.demo.province import MadeProvince, MadeVenue
from collector.ledger.port import Taken

HOUR_MS = 3_600_000
_SOURCES = (
    ("accepted", "portal", 34),
    ("accepted", "pass", 20),
    ("accepted", "kiosk_form", 14),
    ("accepted", "paper", 5),
    ("missing", "none", 24),
    ("refer", "declared_risk", 3),
)
_CODES = ("cccd", "cccd", "cccd", "national_qr", "bhyt", "pass")


@dataclass
class Scan:
    """`who` is a pseudonym, None for somebody nobody knows."""

    at_ms: int
    who: bytes | None
    verdict: str
    reason: str
    direction: str
    code: str
    amends: "Scan | None" = None
    id: str = ""

    def tell(self, kiosk: MadeKiosk, venue: str = "") -> Taken:
        data = {
            **{"verdict": self.verdict, "reason": self.reason},
            **{"direction": self.direction, "code": self.code},
        }
        if self.amends is not None and self.amends.id:
            data["follows"] = self.amends.id
        if venue:
            data["venue"] = venue
        taken = kiosk.visit(self.at_ms, self.who, data)
        self.id = taken.event.id
        return taken


@dataclass
class Habits:
    """Of one venue. `visitors` are the people who like it."""

    switches_off: bool
    quiet_weekday: int | None
    pretends_by_burst: bool
    visitors: list[int] = field(default_factory=list)


class Visitors:
    """Draws them all from one pair of `dice`; `busy` scales how many visit."""

    def __init__(
        self,
        province: MadeProvince,
        dice: random.Random,
        pseudonym: people.Pseudonyms,
        busy: float,
    ) -> None:
        self._people = province.people
        self._dice = dice
        self._pseudonym = pseudonym
        self._busy = busy
        self.habits = {
            one.venue.id: Habits(
                switches_off=dice.random() < 0.6,
                quiet_weekday=None if one.venue.hours.are_known else dice.randrange(7),
                pretends_by_burst=dice.random() < 0.5,
            )
            for one in province.venues
        }
        ids = list(self.habits)
        liked = people.favourites(province.people, len(ids), province.seed)
        for person, places in enumerate(liked):
            for place in places:
                self.habits[ids[place]].visitors.append(person)

    def count(self, made: MadeVenue) -> int:
        mean = made.usual_visits * self._busy
        return max(0, round(self._dice.gauss(mean, math.sqrt(mean))))

    def real(
        self,
        made: MadeVenue,
        count: int,
        opening: frozenset[int],
        begin_ms: int,
        by_phone: Callable[[Scan], bool],
    ) -> list[Scan]:
        """So many, on the day that begins at `begin_ms`; `by_phone` takes away those who scan the poster instead."""
        dice, hours = self._dice, sorted(opening)
        drawn_ms = [
            begin_ms + hour * HOUR_MS + dice.randrange(HOUR_MS)
            for hour in dice.choices(
                hours, [3 if hour % 9 in (0, 7, 8) else 1 for hour in hours], k=count
            )
        ]
        visitors = self.habits[made.venue.id].visitors or [0]
        found: list[Scan] = []
        for at_ms in sorted(drawn_ms):
            likes_it = dice.random() < 0.7
            person = dice.choice(visitors) if likes_it else dice.randrange(self._people)
            verdict, reason, _ = dice.choices(_SOURCES, [each[2] for each in _SOURCES])[0]
            who = self._pseudonym(person) if dice.random() < 0.97 else None
            scan = Scan(at_ms, who, verdict, reason, "in", dice.choice(_CODES))
            if not by_phone(scan):
                found += [scan, *self._later(scan, begin_ms + (hours[-1] + 1) * HOUR_MS)]
        return sorted(found, key=lambda one: one.at_ms)

    def _later(self, scan: Scan, close_ms: int) -> list[Scan]:
        """A declaration at the kiosk, or the exit; whoever scans out does so before the kiosk is switched off."""
        dice, who = self._dice, scan.who
        if scan.verdict == "missing" and dice.random() < 0.5:
            return [
                Scan(scan.at_ms + 70_000, who, "accepted", "kiosk_form", "in", "form", amends=scan)
            ]
        if scan.verdict == "accepted" and dice.random() < 0.25:
            leaves_ms = scan.at_ms + dice.randrange(10, 50) * 60_000
            if leaves_ms < close_ms:
                return [Scan(leaves_ms, who, "accepted", "exit", "out", scan.code)]
        return []

    def pretended(self, made: MadeVenue, opening: frozenset[int], begin_ms: int) -> list[Scan]:
        """Somebody of the staff shows one code all day, or photographs of many in one go."""
        dice, habits = self._dice, self.habits[made.venue.id]
        open_ms = begin_ms + min(opening) * HOUR_MS
        length_ms = len(opening) * HOUR_MS
        if not habits.pretends_by_burst:
            own = self._pseudonym(habits.visitors[0] if habits.visitors else 0)
            times = sorted(open_ms + dice.randrange(length_ms) for _ in range(dice.randint(4, 14)))
            stray = self._pseudonym(dice.randrange(self._people))
            return [_with_a_pass(at, own if dice.random() < 0.95 else stray) for at in times]
        at_ms = open_ms + dice.randrange(length_ms // 2)
        found = []
        for _ in range(dice.randint(9, 35)):
            at_ms += int(1000 * min(dice.lognormvariate(0.4, 0.5), 20))
            found.append(_with_a_pass(at_ms, self._pseudonym(dice.randrange(self._people))))
        return found


def _with_a_pass(at_ms: int, who: bytes) -> Scan:
    return Scan(at_ms, who, "accepted", "pass", "in", "cccd")
