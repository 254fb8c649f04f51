"""The truth of a province: all that will happen, drawn from one seed before anything is acted out. Pure.

`as_json` is what `collector truth` is handed: what happened, in words of both ends, and nothing of how it was drawn.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kiosk.simulation.fleet import doors as doors_of
from kiosk.simulation.fleet import province as provinces
from kiosk.simulation.fleet.doors import Act, Door, Scan
from kiosk.simulation.fleet.people import card_number
from kiosk.simulation.fleet.province import Fate, Province
from kiosk.simulation.fleet.stays import BEGIN_S, HOUR_S, Infection, Stay, met, outbreak, stays

CASES = 40
# a shorter day shows too little of a venue to say why it is silent
WHOLE_DAY_H = 10
# visits of yesterday that a kiosk without network still has: more than go up in the seconds it has one
WAITING = 60


@dataclass(frozen=True)
class Truth:
    """`acts` by kiosk. `waiting` are scans of the evening before, at kiosks that lose their network then."""

    province: Province
    hours: float
    doors: Mapping[str, Door]
    acts: Mapping[str, Sequence[Act]]
    waiting: Mapping[str, Sequence[Scan]]
    stays: Sequence[Stay]
    infections: Sequence[Infection]
    cases: Sequence[int]

    @property
    def end_s(self) -> int:
        return BEGIN_S + int(self.hours * HOUR_S)

    @property
    def causes(self) -> dict[str, Fate]:
        """Of each venue, as the evening of the day has to find it."""
        used = {door.venue.id for door in self.doors.values() if self._scans(door.kiosk)}
        return {
            venue.id: Fate.UNUSED
            if venue.fate is Fate.IN_USE and venue.id not in used
            else venue.fate
            for venue in self.province.venues
        }

    def _scans(self, kiosk: str) -> list[Scan]:
        return [act.scan for act in self.acts[kiosk] if act.scan is not None]

    def totals(self) -> dict[str, int]:
        """Of the day. Who was missing and declared here is accepted; each of them is one visit."""
        every = [scan for kiosk in self.acts for scan in self._scans(kiosk)]
        count = Counter(scan.verdict for scan in every)
        amending = sum(scan.amends for scan in every)
        missing = count["missing"] - amending
        return {
            "visits": len(every) - amending,
            "accepted": len(every) - amending - missing - count["refer"],
            "missing": missing,
            "refer": count["refer"],
            "leaving": sum(scan.direction == "out" for scan in every),
            "people": len({scan.person for scan in every}),
        }


def make(kiosks: int, hours: float, seed: int) -> Truth:
    province = provinces.make(kiosks, seed)
    end_s = BEGIN_S + int(hours * HOUR_S)
    all_doors = {door.kiosk: door for door in doors_of.doors(province, end_s)}
    shut = {kiosk: door.without_power for kiosk, door in all_doors.items()}
    of_kiosk = stays(province, end_s, shut)
    everything = [stay for each in of_kiosk.values() for stay in each]
    out = {stay.person for stay in everything}
    at_home = [person for person in range(province.people) if person not in out]
    dice = random.Random(f"acts {seed}")  # noqa: S311 - no secret
    acts, waiting = {}, {}
    owners = iter(range(province.people, province.people + len(all_doors)))
    for kiosk, door in all_doors.items():
        scans = doors_of.scans_of(dice, of_kiosk.get(kiosk, []), door.venue)
        if door.venue.fate is Fate.SUSPICIOUS:
            first = kiosk == door.venue.kiosks[0]
            photographed = at_home[len(at_home) // 2 :]
            own = doors_of.pretended(dice, door.venue, next(owners), photographed, end_s)
            scans = own if first else []
        if door.venue.fate is Fate.BACKLOG:
            there = at_home[: len(at_home) // 2] or [0]
            waiting[kiosk] = [
                Scan(dice.choice(there), "accepted", "portal", "in") for _ in range(WAITING)
            ]
        acts[kiosk] = doors_of.acts_of(door, scans, dice, end_s)
    infections = outbreak(everything, seed)
    cases = _cases(dice, everything, infections)
    return Truth(province, hours, all_doors, acts, waiting, everything, infections, cases)


def _cases(
    dice: random.Random, everything: Sequence[Stay], infections: Sequence[Infection]
) -> list[int]:
    """Who is asked for: all who have infected somebody, and others who were out."""
    ill = list(dict.fromkeys(each.by for each in infections))[:CASES]
    others = sorted({stay.person for stay in everything} - set(ill))
    return ill + dice.sample(others, min(CASES - len(ill), len(others)))


def as_json(truth: Truth, day: date) -> dict[str, Any]:
    """`met`: of each case, the others and the venue. `is_whole`: the day was long enough for a diagnosis."""
    venues = truth.province.venues
    contacts = met(truth.stays)
    return {
        "day": day.isoformat(),
        "is_whole": truth.hours >= WHOLE_DAY_H,
        "causes": {venue: str(fate) for venue, fate in truth.causes.items()},
        "totals": truth.totals(),
        "evening_before": sum(map(len, truth.waiting.values())),
        "with_exit": [venue.id for venue in venues if venue.has_exit],
        "cases": [
            {
                "card": card_number(case),
                "met": [[card_number(who), venues[at].id] for who, at in sorted(contacts[case])],
            }
            for case in truth.cases
        ],
        "chain": [
            [card_number(each.by), card_number(each.of), venues[each.venue].id]
            for each in truth.infections
            if each.by in truth.cases
        ],
    }
