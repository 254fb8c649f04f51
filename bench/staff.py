"""What it costs that guards watch: from a visit to their phones, from an act to the screen, and what visitors feel.

    python -m bench.staff [--quick] [--check] [--json FILE]

The loop, its database and the staff pages are real, over TLS on this machine; the phones are readers of the event
stream in a process of their own. Visits with and without six watching phones take turns, on the same disk.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from bench.phones import Phones, connected
from bench.report import Figure, Report, parser_of
from bench.watched_door import GUARD_PIN, WatchedDoor
from kiosk.telemetry import percentile
from kiosk.web.monitor.signing import COOKIE

VIEWERS = 6
ROUNDS = 6
VISITS, QUICK_VISITS = 60, 15
ACTS, QUICK_ACTS = 40, 10
PAUSE_S = 0.05
LIMIT_S = 20.0


class Phone:
    """One that has signed in, and asks and acts."""

    def __init__(self, door: WatchedDoor) -> None:
        self._door = door
        self.cookie = _signed_in(door)

    def token(self) -> str:
        page = self.asks("GET", "/")
        return page.partition('name="csrf" content="')[2].partition('"')[0]

    def asks(self, method: str, path: str, **fields: str) -> str:
        connection = connected(self._door.server.port)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, answer.status
        return text


def main(argv: list[str] | None = None) -> int:
    report = Report("staff", parser_of("bench.staff", __doc__ or "").parse_args(argv))
    quick = report.arguments.quick
    visits = QUICK_VISITS if quick else VISITS
    alone: list[float] = []
    watched: list[float] = []
    seen: list[float] = []
    for number in range(ROUNDS):
        report.progress(f"visits: round {number + 1} of {ROUNDS}")
        alone += _round(visits, 0)[0]
        lit, arrived = _round(visits, VIEWERS)
        watched, seen = watched + lit, seen + arrived
    report.progress("acts")
    acts = _acts(QUICK_ACTS if quick else ACTS)
    report.add(Figure("visit to each of six phones, p95, ms", _p95(seen), 200.0))
    report.add(Figure("act to the visitor's screen, p95, ms", _p95(acts), 300.0))
    more_ms = _p95(watched) - _p95(alone)
    report.add(Figure("scan to light p95 while six watch, ms more", more_ms, 2.0))
    report.add(
        Figure(
            "scan to light p95, ms",
            *(_p95(watched), None),
            peer="nobody watches",
            peer_value=_p95(alone),
        )
    )
    report.add(
        Figure(
            "the same, median",
            *(statistics.median(watched), None),
            peer="nobody watches",
            peer_value=statistics.median(alone),
        )
    )
    return report.finish()


def _round(visits: int, viewers: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the scan to the light, and from the scan to each phone."""
    with tempfile.TemporaryDirectory(prefix="bench-staff-", dir=Path.cwd()) as folder:
        door = WatchedDoor(Path(folder), limit=0)
        door.open()
        phones = Phones(door.server.port, [_signed_in(door) for _ in range(viewers)])
        try:
            shown: dict[int, float] = {}
            lit: list[float] = []
            for number in range(1, visits + 1):
                before = door.screen.shown_now()
                shown[number] = time.monotonic()
                door.shows()
                _wait(partial(_is_beyond, door, before))
                lit.append((door.screen.last() or {})["scan_to_light_ms"])
                time.sleep(PAUSE_S)
            _wait(lambda: phones.have_seen(visits))
            seen = [
                1000 * (arrived[number] - at)
                for arrived in phones.arrived
                for number, at in shown.items()
                if number in arrived
            ]
        finally:
            door.server.close()
            phones.close()
            door.close()
    return lit, seen


def _acts(acts: int) -> list[float]:
    """Milliseconds from the tap on a phone to the state of the visitor's screen."""
    took: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-staff-", dir=Path.cwd()) as folder:
        door = WatchedDoor(Path(folder), limit=0)
        door.open()
        phone = Phone(door)
        token = phone.token()
        for number in range(acts):
            kind, screen = ("pause", "fault") if number % 2 == 0 else ("resume", "idle")
            began_s = time.monotonic()
            phone.asks("POST", "/act", csrf=token, kind=kind)
            _wait(partial(_shows, door, screen))
            took.append(1000 * (time.monotonic() - began_s))
        door.close()
    return took


def _is_beyond(door: WatchedDoor, seq: int) -> bool:
    return door.screen.shown_now() > seq


def _shows(door: WatchedDoor, screen: str) -> bool:
    return (door.screen.last() or {}).get("screen") == screen


def _wait(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s, "not in time"
        time.sleep(0.001)


def _p95(values: list[float]) -> float:
    return percentile(values, 0.95) or 0.0


def _signed_in(door: WatchedDoor) -> str:
    return f"{COOKIE}={door.book.sign_in('bao-ve-1', GUARD_PIN)}"


if __name__ == "__main__":
    raise SystemExit(main())
