"""What a run was made on: the machine, how quick it is just now, and the versions that matter."""

import json
import os
import platform
import re
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PACKAGES = ("zxing-cpp", "pyzbar", "opencv-python-headless", "paho-mqtt", "cryptography", "duckdb")
_PROGRAMS = {
    "mosquitto": (("mosquitto", "-h"), re.compile(r"version ([\d.]+)")),
    "chromium": (("chromium", "--version"), re.compile(r"Chromium ([\d.]+)")),
}
_POSTGRESQL = Path("/usr/lib/postgresql")
# about as long as an event on its way to the collector
_TEXT = json.dumps({"specversion": "1.0", "data": {f"field_{n}": "0" * 20 for n in range(30)}})
_YARDSTICK_ROUNDS = 2_000


def in_short() -> str:
    return f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"


def described() -> dict[str, object]:
    """Facts for the record of a run. `yardstick_us` is what `json.loads` of a text of 1 kB takes here and now, the best
    of five: by it runs on machines of different speed, or on a busy one, can be told apart."""
    return {
        "machine": in_short(),
        "processor": _processor(),
        "system": _system(),
        "load": round(os.getloadavg()[0], 1),
        "yardstick_us": round(_yardstick_us(), 2),
        "commit": _said(
            ("git", "-C", str(ROOT), "describe", "--always", "--dirty"), re.compile(r"(\S+)")
        ),
        "versions": {
            "SQLite": sqlite3.sqlite_version,
            **{name: version(name) for name in _PACKAGES},
            **{name: said for name, asked in _PROGRAMS.items() if (said := _said(*asked))},
            **({"PostgreSQL": newest} if (newest := _postgresql()) else {}),
        },
    }


def _yardstick_us() -> float:
    took_s = []
    for _ in range(5):
        began_s = time.process_time()
        for _ in range(_YARDSTICK_ROUNDS):
            json.loads(_TEXT)
        took_s.append(time.process_time() - began_s)
    return min(took_s) / _YARDSTICK_ROUNDS * 1e6


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    found = re.search(r"^(?:model name|Model)\s*: (.+)$", told, re.M)
    return found[1] if found else platform.processor()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _postgresql() -> str:
    found = sorted((path.name for path in _POSTGRESQL.glob("[0-9]*")), key=int)
    return found[-1] if found else ""


def _said(command: tuple[str, ...], pattern: re.Pattern[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = pattern.search(done.stdout)
    return found[1] if found else ""
