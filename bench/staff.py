"""What it costs that guards watch: from a visit to their phones, from an act to the screen, and what visitors feel.

    python -m bench.staff [--quick] [--check] [--json FILE]

The loop, its database and the staff pages are real, over TLS on this machine; the phones are readers of the event
stream. Visits with and without six watching phones take turns, on the same disk.
"""

import http.client
import json
import ssl
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

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
    """One that has signed in. `arrived` holds when each number of visits was first seen, by the monotonic clock."""

    def __init__(self, door: WatchedDoor) -> None:
        self._door = door
        self._cookie = f"{COOKIE}={door.book.sign_in('bao-ve-1', GUARD_PIN)}"
        self.arrived: dict[int, float] = {}
        self._connection: http.client.HTTPSConnection | None = None
        self._thread = threading.Thread(target=self._read)
        self.ready = threading.Event()

    def watch(self) -> None:
        self._thread.start()
        assert self.ready.wait(LIMIT_S)

    def close(self) -> None:
        self._door.server.close()
        self._thread.join()

    def token(self) -> str:
        page = self.asks("GET", "/")
        return page.partition('name="csrf" content="')[2].partition('"')[0]

    def asks(self, method: str, path: str, **fields: str) -> str:
        connection = _connected(self._door)
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, answer.status
        return text

    def _read(self) -> None:
        connection = _connected(self._door)
        connection.request("GET", "/events", headers={"Cookie": self._cookie})
        answer = connection.getresponse()
        self.ready.set()
        while line := answer.fp.readline():
            if line.startswith(b"data: "):
                visits = json.loads(line[6:])["today"]["missing"]
                self.arrived.setdefault(visits, time.monotonic())
        connection.close()


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
        phones = [Phone(door) for _ in range(viewers)]
        try:
            for phone in phones:
                phone.watch()
            shown: dict[int, float] = {}
            lit: list[float] = []
            for number in range(1, visits + 1):
                before = door.screen.shown_now()
                shown[number] = time.monotonic()
                door.shows()
                _wait(partial(_is_beyond, door, before))
                lit.append((door.screen.last() or {})["scan_to_light_ms"])
                time.sleep(PAUSE_S)
            _wait(lambda: all(visits in phone.arrived for phone in phones))
            seen = [
                1000 * (phone.arrived[number] - at)
                for phone in phones
                for number, at in shown.items()
                if number in phone.arrived
            ]
        finally:
            door.server.close()
            for phone in phones:
                phone.close()
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


def _connected(door: WatchedDoor) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(door.folder / "tls" / "staff.pem"))
    context.check_hostname = False
    context.verify_mode = (
        ssl.CERT_NONE
    )  # made for itself; what is measured is the way, not the trust
    return http.client.HTTPSConnection("127.0.0.1", door.server.port, timeout=60, context=context)


if __name__ == "__main__":
    raise SystemExit(main())
