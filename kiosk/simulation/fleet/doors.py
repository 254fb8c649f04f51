"""What happens at each door on the day: power, network, clock, camera, and who is scanned. Pure.

`acts_of` is all that a light kiosk does, in order. What the scans come to is the truth the collector is held against.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kiosk.simulation.fleet.province import Fate, Province, Venue
from kiosk.simulation.fleet.stays import BEGIN_S, HOUR_S, Span, Stay

# verdict, the reason that goes with it, of a hundred visitors
_SOURCES = (
    ("accepted", "portal", 34),
    ("accepted", "pass", 20),
    ("accepted", "kiosk_form", 14),
    ("accepted", "paper", 5),
    ("missing", "none", 24),
    ("refer", "declared_risk", 3),
)
DECLARES_HERE, FORM_S = 0.5, 40
POWER_CUT, OUTAGE, WRONG_CLOCK, PLUG_PULLED = 0.06, 0.15, 0.08, 0.15
BLIND_EVERY_S, ANCHOR_EVERY_S = HOUR_S, HOUR_S  # kiosk.upkeep
_DAY_S = 24 * HOUR_S


class What(StrEnum):
    POWER_ON = "power_on"
    POWER_CUT = "power_cut"  # without a word
    SWITCH_OFF = "switch_off"  # with a goodbye
    NETWORK_LOST = "network_lost"
    NETWORK_BACK = "network_back"
    CLOCK_RIGHT = "clock_right"
    ANCHOR = "anchor"
    BLIND = "blind"
    OTHER_CODE = "other_code"  # a code of no person
    SCAN = "scan"


class Scan(NamedTuple):
    """`amends`: it says more about this person's scan before: they have declared here."""

    person: int
    verdict: str
    reason: str
    direction: str
    amends: bool = False


class Act(NamedTuple):
    """At this second of the day. `number`: by how many seconds the clock is wrong, of POWER_ON."""

    at: int
    what: What
    number: int = 0
    scan: Scan | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """One kiosk. Its powered spells, each with how wrong its clock is at first and when that is mended."""

    kiosk: str
    venue: Venue
    spells: Sequence[tuple[int, int, int, int]]  # on, off, wrong by, right from
    outages: Sequence[Span]
    goodbye: bool
    blind_from: int | None = None

    @property
    def without_power(self) -> list[Span]:
        """Between its spells: nobody is scanned."""
        ends = [off for _, off, _, _ in self.spells]
        return [Span(off, on) for off, (on, *_) in zip(ends, self.spells[1:], strict=False)]


def doors(province: Province, end_s: int) -> list[Door]:
    """Of all kiosks that exist; drawn before anybody comes."""
    dice = random.Random(f"doors {province.seed}")  # noqa: S311 - no secret
    return [_door(dice, kiosk, venue, end_s) for kiosk, venue in province.kiosks.items()]


def _door(dice: random.Random, kiosk: str, venue: Venue, end_s: int) -> Door:
    kind, fate = venue.kind, venue.fate
    on, off = BEGIN_S, _DAY_S
    if venue.switches_off:
        on = max(BEGIN_S, (kind.open_h * 60 - dice.randint(10, 30)) * 60)
        off = (kind.close_h * 60 + dice.randint(5, 25)) * 60
    stays_dark = fate is Fate.OFF or (fate is Fate.CLOSED and venue.switches_off)
    cut = dice.randrange(on + HOUR_S, off - HOUR_S), dice.randrange(180, 900)
    outage = dice.randrange(on, off - HOUR_S), dice.randrange(10, 90) * 60
    wrong = _wrong_by(dice), _wrong_by(dice)
    mended_s = dice.randrange(300, 2_400)
    chances = dice.random(), dice.random(), dice.random(), dice.random()
    has_cut = chances[0] < POWER_CUT and fate is Fate.IN_USE
    is_wrong = chances[1] < WRONG_CLOCK and fate is Fate.IN_USE
    spells = [] if stays_dark else [_spell(on, off, wrong[0] if is_wrong else 0, mended_s)]
    if has_cut:
        again = cut[0] + cut[1]
        spells = [
            _spell(on, cut[0], wrong[0] if is_wrong else 0, mended_s),
            _spell(again, off, wrong[1], mended_s),  # whoever lost its power has lost the time
        ]
    outages = [Span(outage[0], sum(outage))] if chances[2] < OUTAGE else []
    if fate is Fate.BACKLOG:
        outages = [Span(0, _DAY_S)]
    blind_from = on + int((off - on) * (dice.uniform(0, 0.3) if dice.random() < 0.2 else 0))
    return Door(
        kiosk,
        venue,
        spells,
        [] if fate in (Fate.BLIND, Fate.UNUSED) else outages,
        goodbye=chances[3] >= PLUG_PULLED,
        blind_from=blind_from if fate is Fate.BLIND else None,
    )


def _spell(on: int, off: int, wrong_by: int, mended_s: int) -> tuple[int, int, int, int]:
    right = min(on + mended_s, off - 1) if wrong_by else on
    return on, off, wrong_by, right


def _wrong_by(dice: random.Random) -> int:
    """It goes on from where it was when the power went: hours to a year ago."""
    return -dice.randrange(2 * HOUR_S, 365 * _DAY_S)


def scans_of(dice: random.Random, stays: Sequence[Stay], venue: Venue) -> list[tuple[int, Scan]]:
    """What is scanned of these stays, in the order of time."""
    found = []
    for stay in stays:
        verdict, reason, _ = dice.choices(_SOURCES, [each[2] for each in _SOURCES])[0]
        found.append((stay.tin, Scan(stay.person, verdict, reason, "in")))
        declares = verdict == "missing" and dice.random() < DECLARES_HERE
        if declares and stay.tin + FORM_S < stay.tout:
            made = Scan(stay.person, "accepted", "kiosk_form", "in", amends=True)
            found.append((stay.tin + FORM_S, made))
        if venue.has_exit:
            found.append((stay.tout, Scan(stay.person, "accepted", "exit", "out")))
    return sorted(found, key=lambda one: one[0])


def pretended(
    dice: random.Random, venue: Venue, owner: int, at_home: Sequence[int], end_s: int
) -> list[tuple[int, Scan]]:
    """Somebody of the staff shows one code all day, or photographs of many in one go. The people in the photographs
    are those who are at home: who was pretended to be there and was elsewhere could be found by nobody."""
    open_s = max(BEGIN_S, venue.kind.open_h * HOUR_S)
    until = min(end_s, venue.kind.close_h * HOUR_S)
    length = max(1, until - open_s - HOUR_S)
    if dice.random() < 0.5 or len(at_home) < 40:
        times = sorted(open_s + dice.randrange(length) for _ in range(dice.randint(5, 14)))
        return [(at, Scan(owner, "accepted", "pass", "in")) for at in times]
    at = open_s + dice.randrange(length)
    found = []
    for person in dice.sample(at_home, dice.randint(9, 35)):
        at += 1 + int(dice.lognormvariate(-0.3, 0.5))
        found.append((at, Scan(person, "accepted", "pass", "in")))
    return found


def acts_of(
    door: Door, scans: Sequence[tuple[int, Scan]], dice: random.Random, end_s: int
) -> list[Act]:
    """All that this kiosk goes through until `end_s`, in order."""
    acts = [
        Act(at, What.SCAN, scan=scan)
        for at, scan in scans
        if not any(span.begin <= at < span.end for span in door.without_power)
    ]
    for number, (on, off, wrong_by, right) in enumerate(door.spells, 1):
        acts.append(Act(on, What.POWER_ON, wrong_by))
        acts += [Act(right, What.CLOCK_RIGHT), *_every(What.ANCHOR, right, off, ANCHOR_EVERY_S)]
        is_last = number == len(door.spells)
        goodbye = is_last and door.goodbye
        if is_last and not door.venue.switches_off:
            continue
        acts.append(Act(off, What.SWITCH_OFF if goodbye else What.POWER_CUT))
    for span in door.outages:
        acts += [Act(span.begin, What.NETWORK_LOST), Act(span.end, What.NETWORK_BACK)]
    if door.blind_from is not None and door.spells:
        acts += _every(What.BLIND, door.blind_from + 60, door.spells[-1][1], BLIND_EVERY_S)
    if door.venue.fate is Fate.UNUSED and dice.random() < 0.3:
        acts.append(Act(door.spells[0][0] + HOUR_S, What.OTHER_CODE))
    return sorted((act for act in acts if act.at < end_s), key=_order)


def _order(act: Act) -> tuple[int, int]:
    """Power and clock before what is done with them."""
    return act.at, list(What).index(act.what)


def _every(what: What, begin: int, end: int, every_s: int) -> Iterator[Act]:
    return (Act(at, what) for at in range(begin, end, every_s))
