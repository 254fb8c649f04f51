"""What the loop tells staff, and what their pages show of it. The loop writes, pages read; neither waits for either."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kiosk.domain.coverage import Coverage, coverage
from kiosk.domain.occupancy import Level, level
from kiosk.domain.passage import Answer
from kiosk.domain.staff_act import Act, ActKind
from kiosk.domain.verdict import VISITS
from kiosk.domain.visit import Visit
from kiosk.staff.alerts import alerts
from kiosk.staff.ring import Ring
from kiosk.staff.tally import Tally

# between visits the page hears at least this often: ages grow, and silence would look like a cut
EVERY_S = 2.0
_SHOWN = (
    *(
        "screen",
        "faults",
        "notes",
        "door",
        "uplink",
        "waiting",
        "parked",
        "oldest_s",
        "receipt_age_s",
    ),
    *("camera", "fps", "read_ms_p50", "read_ms_p95", "guidance_shares", "scan_to_light_ms_p95"),
    *("documents", "sealing", "printer", "voice", "page", "storage", "clock", "certificate_days"),
)


class StaffDesk:
    """`visited`, `called`, `acted`, `passed`, `turned` and `level` are for the loop; the rest for any thread. `publish`
    is called with each new state of the monitor, from the loop's thread, and must not block."""

    def __init__(
        self,
        tally: Tally,
        here: Callable[[], datetime],
        *,
        limit: int = 0,
        boot: str = "",
        publish: Callable[[dict[str, Any]], None] = lambda state: None,
    ) -> None:
        """`here` is the time on the wall. `limit` is how many may be inside, 0 for as many as come."""
        self._tally = tally
        self._here = here
        self._limit = limit
        self._boot = boot
        self._publish = publish
        self._lock = threading.Lock()
        self._ring = Ring()
        self._calls = 0
        self._status: Mapping[str, Any] = {}
        self._seq = 0
        self._told_s = float("-inf")
        self._last: object = None
        self._has_news = False

    # ---- the loop's side

    def visited(self, visit: Visit, name: str) -> None:
        """A visit that is on the disk; `name` in clear, of which only the mask stays."""
        here = self._here()
        with self._lock:
            self._tally.visited(visit, here)
            self._ring.add(visit, name, f"{here:%H:%M}", time.monotonic())
        self._has_news = True

    def called(self) -> None:
        with self._lock:
            self._calls += 1
        self._has_news = True

    def acted(self, act: Act) -> None:
        """An act that is on the disk."""
        with self._lock:
            self._tally.acted(act, self._here())
            if act.kind is ActKind.CALL:
                self._calls = 0
            elif act.kind is ActKind.REFER:
                self._ring.handled(act.visit)
        self._has_news = True

    def passed(self, answer: Answer) -> None:
        """Somebody who was let in went through or did not, and that is on the disk."""
        with self._lock:
            self._tally.passed(answer.passed, self._here())
        self._has_news = True

    def turned(self, status: Mapping[str, Any]) -> None:
        """Once in each turn of the loop, which tells all that has happened in it at once."""
        with self._lock:
            self._status = status
            self._tally.turn(self._here().date())
        moving = (
            status.get("screen"),
            status.get("faults"),
            status.get("waiting"),
            status.get("uplink"),
        )
        is_due = time.monotonic() - self._told_s > EVERY_S
        if self._has_news or is_due or moving != self._last:
            self._last, self._has_news = moving, False
            self._tell()

    def level(self) -> Level:
        with self._lock:
            return level(self._tally.occupancy.inside, self._limit)

    # ---- the pages' side

    def clear_name(self, visit: str) -> str:
        """Of somebody who was sent to staff a minute ago at most; empty otherwise."""
        with self._lock:
            return self._ring.clear_name(visit, time.monotonic())

    def is_waiting(self, visit: str) -> bool:
        with self._lock:
            return any(one.seen.id == visit for one in self._ring.referrals(time.monotonic()))

    def state(self) -> dict[str, Any]:
        """The whole of what a monitor shows. No clear name is in it."""
        with self._lock:
            return self._state()

    # ---- within

    def _tell(self) -> None:
        with self._lock:
            self._seq += 1
            self._told_s = time.monotonic()
            state = self._state()
        self._publish(state)

    def _state(self) -> dict[str, Any]:
        now_s, here, tally = time.monotonic(), self._here(), self._tally
        inside = tally.occupancy.inside
        stands = level(inside, self._limit)
        waits = self._ring.referrals(now_s)
        covered = self._covered(here)
        found = alerts(
            self._status, calls=self._calls, referred=len(waits), level=stands, covered=covered
        )
        return {
            **{name: self._status[name] for name in _SHOWN if name in self._status},
            "seq": self._seq,
            "boot": self._boot,
            "at": f"{here:%H:%M}",
            "day": f"{here:%d/%m/%Y}",
            "inside": inside,
            "limit": self._limit,
            "level": stands,
            "today": {
                "in": tally.entries,
                "out": tally.exits,
                "paper": tally.paper,
                # nobody is counted where nothing counts
                "turned_back": tally.turned_back if "barrier" in self._status else None,
                **{name: tally.outcomes[name] for name in VISITS},
            },
            "hours": list(tally.by_hour),
            "coverage": covered.share,
            "coverage_by": covered.by,
            "calls": self._calls,
            "referrals": [
                {**asdict(one.seen), "age_s": round(now_s - one.at_s), "clear": bool(one.clear)}
                for one in waits
            ],
            "last": [asdict(one) for one in self._ring.seen()],
            "alerts": [asdict(one) for one in found],
        }

    def _covered(self, here: datetime) -> Coverage:
        passers = self._status.get("passers_this_hour")
        return coverage(
            self._tally.by_hour[here.hour],
            passers if isinstance(passers, int) else None,
            self._tally.usual(here.hour),
            (here.minute * 60 + here.second) / 3600,
        )
