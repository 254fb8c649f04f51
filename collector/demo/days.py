"""What happens on each day of a made-up province, kiosk by kiosk, and why each silent venue is silent.

A kiosk is switched on before opening and off after closing, or stays on. Its words come once an hour: what a ledger
keeps of them are the hours. What is drawn is as untidy as life: cables are pulled without a goodbye, a network that
dies does not always leave a queue behind, cameras go blind at noon.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from collector.days import date_of, day_begin_ms
from collector.demo import people
from collector.demo.kiosk import MadeKiosk
from collector.demo.province import MadeProvince, MadeVenue
from collector.demo.visitors import HOUR_MS, Scan, Visitors
from collector.ledger.port import Taken
from collector.statistics.diagnosis import Cause, opening_hours
from kiosk.wire.health import Health
from kiosk.wire.status import Status

PORTAL = "portal-1"
# who has no hours is there by daylight
_USUAL_HOURS = frozenset(range(6, 18))
Word: TypeAlias = Status | Health | Taken
Arrival: TypeAlias = tuple[int, str, Word]
"""When it arrives, of which kiosk, what."""


@dataclass
class Day:
    day: int
    arrivals: list[Arrival]
    truth: dict[str, Cause | None]


class MadeDays:
    """`days` yields them one after the other; `busy` scales how many visit."""

    def __init__(
        self, province: MadeProvince, first_day: int, days: int, key: bytes, busy: float = 1.0
    ) -> None:
        self._province = province
        self._first = first_day
        self._days = days
        self._dice = random.Random(f"days {province.seed}")  # noqa: S311 - no secret
        self._kiosks = {
            kiosk: MadeKiosk(kiosk, province.seed)
            for venue in province.venues
            for kiosk in venue.kiosks
        }
        self._portal = MadeKiosk(PORTAL, province.seed)
        self._is_on: dict[str, bool] = defaultdict(bool)
        self._lost: set[str] = set()
        self._visitors = Visitors(province, self._dice, people.Pseudonyms(key), busy)

    def days(self) -> Iterator[Day]:
        for number in range(self._days):
            day = Day(self._first + number, [], {})
            for venue in self._province.venues:
                self._venue(venue, number, day)
            self._portal_hours(day)
            day.arrivals.sort(key=lambda one: one[0])
            yield day

    # ---- one venue on one day

    def _venue(self, made: MadeVenue, number: int, day: Day) -> None:
        habits = self._visitors.habits[made.venue.id]
        spans = [(it.day, it.from_min, it.until_min) for it in made.venue.hours.spans]
        date = date_of(day.day)
        known = opening_hours(spans, date)
        opening = _USUAL_HOURS if known is None else known
        is_shut = not opening or date.weekday() == habits.quiet_weekday
        cause = made.befallen(number)
        if cause is Cause.NEVER_ENROLLED:
            day.truth[made.venue.id] = cause
            return
        is_losing = cause is Cause.BACKLOG and made.venue.id not in self._lost and not is_shut
        if is_losing:
            self._lost.add(made.venue.id)
            cause = None  # until the afternoon
        elif cause is not Cause.BACKLOG:
            self._lost.discard(made.venue.id)
        count = 0 if is_shut else self._visitors.count(made)
        if cause in (Cause.OFF, Cause.BLIND, Cause.UNUSED):
            count = 0
        begin_ms = day_begin_ms(day.day)
        visits: list[Scan] = []
        if count:
            visits = self._visitors.real(
                made,
                count,
                opening,
                begin_ms,
                lambda scan: self._is_told_by_phone(made, scan, day),
            )
        if cause is Cause.SUSPICIOUS and not is_shut:
            visits = self._visitors.pretended(made, opening, begin_ms)
        for door, kiosk in enumerate(made.kiosks):
            own = visits[door :: len(made.kiosks)]
            self._kiosk_day(self._kiosks[kiosk], cause, opening, is_shut, is_losing, own, day)
        if cause is Cause.BACKLOG and not is_shut:
            day.truth[made.venue.id] = cause
        elif is_shut:
            day.truth[made.venue.id] = Cause.CLOSED
        else:
            day.truth[made.venue.id] = cause if cause or count else Cause.UNUSED

    def _kiosk_day(
        self,
        kiosk: MadeKiosk,
        cause: Cause | None,
        opening: frozenset[int],
        is_shut: bool,
        is_losing: bool,
        visits: list[Scan],
        day: Day,
    ) -> None:
        dice = self._dice
        venue = kiosk.id.rpartition("-cong-")[0]
        habits = self._visitors.habits[venue]
        begin_ms = day_begin_ms(day.day)
        switches_off = habits.switches_off and len(opening) < 24
        if cause is Cause.OFF:
            if self._is_on[kiosk.id]:
                day.arrivals.append((begin_ms + 60_000, kiosk.id, kiosk.will()))
                self._is_on[kiosk.id] = False
            return
        if is_shut and switches_off:
            return
        open_h, close_h = (min(opening), max(opening) + 1) if opening else (6, 18)
        on_ms = begin_ms + (open_h * 60 - 25) * 60_000 if switches_off else begin_ms
        off_ms = begin_ms + min(close_h * 60 + 20, 24 * 60 - 1) * 60_000
        off_ms = off_ms if switches_off else begin_ms + 24 * HOUR_MS
        if cause is Cause.BACKLOG:
            if self._is_on[kiosk.id]:
                day.arrivals.append((begin_ms + 60_000, kiosk.id, kiosk.will()))
                self._is_on[kiosk.id] = False
            if kiosk.boot == 0 or switches_off:
                kiosk.begin(on_ms)
            kiosk.backlog += [scan.tell(kiosk) for scan in visits]
            return
        if not self._is_on[kiosk.id]:
            if switches_off or kiosk.boot == 0 or not kiosk.backlog:
                kiosk.begin(max(on_ms, begin_ms))
            day.arrivals.append((on_ms, kiosk.id, kiosk.connect(on_ms)))
            self._is_on[kiosk.id] = True
            day.arrivals += [(on_ms + 90_000, kiosk.id, each) for each in kiosk.backlog]
            kiosk.backlog = []
        # the network that is about to fail fails in the afternoon, and nobody says goodbye
        lost_ms = begin_ms + (open_h + max(1, (close_h - open_h) * 2 // 3)) * HOUR_MS

        if is_losing:
            off_ms = lost_ms
        up_share = dice.uniform(0.5, 1) if cause is Cause.UNUSED and dice.random() < 0.15 else 1
        until_ms = on_ms + int((off_ms - on_ms) * up_share)
        blind_from = on_ms
        if cause is Cause.BLIND and dice.random() < 0.12:
            blind_from += int((off_ms - on_ms) * dice.uniform(0, 0.45))
        words: list[tuple[int, Any]] = [(scan.at_ms, scan) for scan in visits]
        at_ms = on_ms + dice.randrange(120_000, 600_000)
        while at_ms < until_ms:
            words.append((at_ms, "health"))
            if cause is Cause.BLIND and at_ms >= blind_from:
                words.append((at_ms + 1, "blind"))
            elif cause in (None, Cause.UNUSED) and dice.random() < 0.03:
                words.append((at_ms + 1, "wifi"))
            at_ms += HOUR_MS
        for at_ms, word in sorted(words, key=lambda one: one[0]):
            if word == "health":
                waiting = 0 if dice.random() < 0.9 else dice.randint(1, 2)
                day.arrivals.append((at_ms, kiosk.id, kiosk.health(at_ms, waiting)))
            elif word == "blind":
                day.arrivals.append(
                    (at_ms, kiosk.id, kiosk.notice(at_ms, "camera_fault", "camera"))
                )
            elif word == "wifi":
                day.arrivals.append((at_ms, kiosk.id, kiosk.notice(at_ms, "not_personal", "wifi")))
            elif is_losing and at_ms >= lost_ms:
                kiosk.backlog.append(word.tell(kiosk))
            else:
                day.arrivals.append((at_ms + 400, kiosk.id, word.tell(kiosk)))
        if is_losing:
            waiting = max(3, int(dice.lognormvariate(2, 0.8))) if dice.random() < 0.94 else 1
            day.arrivals.append(
                (lost_ms - 30_000, kiosk.id, kiosk.health(lost_ms, waiting, "no_receipts"))
            )
            day.arrivals.append((lost_ms + 90_000, kiosk.id, kiosk.will()))
            self._is_on[kiosk.id] = False
        elif switches_off:
            # one in six pulls the plug
            last = kiosk.goodbye(off_ms) if dice.random() < 0.85 else kiosk.will()
            day.arrivals.append((off_ms, kiosk.id, last))
            self._is_on[kiosk.id] = False

    def _is_told_by_phone(self, made: MadeVenue, scan: Scan, day: Day) -> bool:
        """Some scan the poster: their visit comes from the portal, which names the venue."""
        if made.fate is not None or scan.reason != "portal" or self._dice.random() > 0.3:
            return False
        told = scan.tell(self._portal, made.venue.id)
        day.arrivals.append((scan.at_ms + 400, PORTAL, told))
        return True

    def _portal_hours(self, day: Day) -> None:
        begin_ms = day_begin_ms(day.day)
        if self._portal.boot == 0:
            self._portal.begin(begin_ms)
            day.arrivals.append((begin_ms, PORTAL, self._portal.connect(begin_ms)))
        for hour in range(24):
            at_ms = begin_ms + hour * HOUR_MS + 1_000
            day.arrivals.append((at_ms, PORTAL, self._portal.health(at_ms, 0)))
