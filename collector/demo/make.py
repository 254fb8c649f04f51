"""Fills a folder with a made-up province, day by day. What is done stays done: the same command goes on after an
interruption, at the day that was not finished; events that come twice are known by their ids.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from collector import config, keys
from collector.access import hand_out
from collector.access.roles import Role
from collector.access.shapes import AccessError
from collector.access.sqlite_access import SqliteAccess
from collector.days import ZONE, date_of, day_number
from collector.demo import fill, province
from collector.demo.days import PORTAL, MadeDays
from collector.demo.people import card_number
from collector.demo.province import MadeProvince
from collector.errors import CollectorError
from collector.followers import followers
from collector.ledger.port import Taken
from collector.ledger.stores import ledger_of
from collector.registry.shapes import RegisteredKiosk
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.durable_file import write_whole

SEED = 7
_STATE, _TRUTH = "demo.json", "causes.csv"
_SETTINGS = """# a made-up province; made by `collector demo`
[ledger]
file = "ledger.db"

[inbox]
keys_folder = "keys"
state_file = "inbox.json"
people_socket = "people.sock"

[registry]
file = "registry.db"
enrolment_key_file = "enrolment.key"

[access]
file = "access.db"

[audit]
file = "audit.db"

[cases]
file = "cases.db"

[people]
file = "people.db"

[portal]
address = "https://khaibao.example.vn"

[report]
folder = "reports"
"""
_ACCOUNTS = {
    "xem.mau": Role.VIEWER,
    "dangky.mau": Role.REGISTRAR,
    "truyvet.mau": Role.OFFICER,
    "quantri.mau": Role.ADMINISTRATOR,
}

Progress = Callable[[int, int, int | None], None]
"""Days done, days in all, visits of this run; None for a day that was there already."""


@dataclass(frozen=True, slots=True)
class Made:
    told: list[str]


@dataclass(frozen=True, slots=True)
class _State:
    venues: int
    days: int
    first_day: int
    done: int


def make(folder: Path, venues: int, days: int, progress: Progress, now: datetime) -> Made:
    """Raise CollectorError for a folder in which something else lies, or another province."""
    state = _begun(folder, venues, days, now)
    made = province.make(venues, days, SEED)
    if state.done < days:
        _register(folder, made)
        write_whole(folder / "collector.toml", _SETTINGS.encode(), 0o640)
        _fill(folder, state, made, progress)
    return Made(_told(folder, made, state, now))


def _register(folder: Path, made: MadeProvince) -> None:
    registry = SqliteRegistry(folder / "registry.db")
    portal = made.venues[0].venue.id
    registry.put(made.organisations, [one.venue for one in made.venues], made.kiosks)
    registry.put(kiosks=[RegisteredKiosk(PORTAL, portal, "Điện thoại")])


def _fill(
    folder: Path,
    state: _State,
    made: MadeProvince,
    progress: Progress,
) -> None:
    key = keys.pseudonym_key(folder / "keys") or bytes(32)
    settings = config.load(folder / "collector.toml")
    ledger = ledger_of(settings.ledger, followers(settings))
    ledger.open()
    visits = 0
    lines = [] if state.done == 0 else [(folder / _TRUTH).read_text(encoding="utf-8")]
    try:
        for number, day in enumerate(MadeDays(made, state.first_day, state.days, key).days()):
            if number < state.done:
                progress(number + 1, state.days, None)
                continue
            fill.take(ledger, day)
            visits += sum(isinstance(word, Taken) for _, _, word in day.arrivals)
            date = date_of(day.day).isoformat()
            lines += [f"{date},{venue},{cause or 'in_use'}\n" for venue, cause in day.truth.items()]
            write_whole(folder / _TRUTH, "".join(lines).encode(), 0o640)
            _keep(folder, _State(state.venues, state.days, state.first_day, number + 1))
            progress(number + 1, state.days, visits)
    finally:
        ledger.close()


def _begun(folder: Path, venues: int, days: int, now: datetime) -> _State:
    path = folder / _STATE
    if path.exists():
        try:
            state = _State(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise CollectorError(f"{path} cannot be read: take another folder") from error
        if (state.venues, state.days) != (venues, days):
            raise CollectorError(
                f"{folder} holds a province of {state.venues} venues and {state.days} days: "
                "go on with these numbers, or take another folder"
            )
        return state
    if folder.exists() and any(folder.iterdir()):
        raise CollectorError(f"{folder} is not empty: take a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    for kind in (keys.KeyKind.RECEIPT, keys.KeyKind.INGEST, keys.KeyKind.COMMAND):
        keys.new(folder / "keys", kind, now)
    keys.new_pseudonym_key(folder / "keys")
    first = day_number(now.astimezone(ZONE).date() - timedelta(days=days))
    state = _State(venues, days, first, 0)
    _keep(folder, state)
    return state


def _keep(folder: Path, state: _State) -> None:
    fields = {
        "venues": state.venues,
        "days": state.days,
        "first_day": state.first_day,
        "done": state.done,
    }
    write_whole(folder / _STATE, json.dumps(fields).encode(), 0o640)


def _told(folder: Path, made: MadeProvince, state: _State, now: datetime) -> list[str]:
    last = date_of(state.first_day + state.days - 1)
    told = [f"venues {len(made.venues)}, kiosks {len(made.kiosks)}, made-up people {made.people}"]
    access = SqliteAccess(folder / "access.db")
    for name, role in _ACCOUNTS.items():
        try:
            password = hand_out.add(access, name, role, now)
        except AccessError:
            settings = folder / "collector.toml"
            password = f"made before: collector accounts reset {name} --config {settings}"
        told.append(f"account {name} ({role}): {password}")
    told += [
        f"a person to look for: citizen card {card_number(0)}",
        f"why venues are silent, as made up: {folder / _TRUTH}",
        f"pages: collector demo --venues {state.venues} --days {state.days} --dir {folder} --serve",
        f"report: collector report day {last.isoformat()} --out {folder / 'reports'}"
        f" --config {folder / 'collector.toml'}",
    ]
    return told
