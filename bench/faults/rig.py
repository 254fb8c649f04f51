"""A real site for faults: broker, collector and uplink as the processes they are, and a door that appends visits.

The harness stands where the entrance loop would: it hears the uplink's heartbeats, so it never has to open the
database of the kiosk itself, which would repair what a fault has left.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.faults import invariant
from bench.faults.outcome import CannotHere
from bench.faults.visitors import STEMS
from kiosk.config import Config, load
from kiosk.reports import Report, ReportListener, UplinkBeat
from kiosk.simulation import site as sites
from kiosk.simulation.supervisor import Child, Program, Supervisor
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import read_boot_id, read_stamp

READY_S = 60.0
DRAIN_S = 120.0
POLL_S = 0.05


class NotInTime(Exception):
    """What was waited for did not happen."""


@dataclass
class Rig:
    """`start` and `stop` are for the parts of a site by name; a part under `wrap` runs under that command."""

    site: sites.Site
    config: Config
    supervisor: Supervisor
    wrap: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beats: list[tuple[float, UplinkBeat]] = field(default_factory=list)
    shown_files: list[Path] = field(default_factory=list)
    _children: dict[str, Child] = field(default_factory=dict)

    # ---- processes

    def program(self, name: str) -> Program:
        program = next(p for p in sites.programs(self.site) if p.name == name)
        # the harness listens for READY of a service, but a broker in another network cannot be asked
        return replace(program, argv=(*self.wrap.get(name, ()), *program.argv))

    def start(self, *names: str, wait: bool = True) -> None:
        for name in names:
            self._children[name] = self.supervisor.start(self.program(name))
            if wait:
                self._children[name].wait_ready(READY_S)

    def stop(self, *names: str) -> None:
        for name in names:
            if name in self._children:
                self._children.pop(name).stop()

    def kill(self, name: str) -> bool:
        """SIGKILL, whatever it is doing; its supervisor starts it again. False when it hit nobody in time."""
        child = self._children[name]
        deadline_s = time.monotonic() + READY_S
        while time.monotonic() < deadline_s:
            with contextlib.suppress(ProcessLookupError):
                if (pid := child.pid) is not None:
                    os.kill(pid, signal.SIGKILL)
                    return True
            time.sleep(0.02)
        return False

    def pid(self, name: str) -> int:
        """Raise NotInTime when it does not run."""
        if (pid := self._children[name].pid) is None:
            raise NotInTime(f"{name} does not run")
        return pid

    # ---- the door

    def door(
        self,
        *options: object,
        wrap: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[bytes]":
        """A running door; what it says is kept, whatever becomes of it."""
        said = self.site.log_dir / f"door-{len(self.shown_files)}.txt"
        self.shown_files.append(said)
        with said.open("wb") as out, (self.site.log_dir / "door.log").open("ab") as log:
            command = [*wrap, *door_command(self.site.kiosk_config), *map(str, options)]
            return subprocess.Popen(command, stdout=out, stderr=log, env=env)

    def twin(self, *options: object) -> "subprocess.Popen[bytes]":
        """A door of the same kind beside it, with a database of its own that no uplink touches."""
        config = self.twin_config(self.site.root / "kiosk" / "twin")
        with self.twin_said.open("wb") as out:
            return subprocess.Popen([*door_command(config), *map(str, options)], stdout=out)

    def twin_config(self, state: Path) -> Path:
        """The kiosk's settings, with its state in another folder."""
        hand_over_keys(self.site, state)
        config = self.site.kiosk_config.with_name("twin.toml")
        text = self.site.kiosk_config.read_text(encoding="utf-8")
        config.write_text(re.sub("state_dir = .*", f'state_dir = "{state}"', text))
        return config

    @property
    def twin_said(self) -> Path:
        return self.site.log_dir / "twin.txt"

    def visitors(self, count: int, *options: object) -> list[str]:
        """That many, one after the other, and the ids of those who were shown a result."""
        with self.door("--visits", count, *options) as door:
            if door.wait() != 0:
                raise NotInTime((self.site.log_dir / "door.log").read_text()[-800:])
        return self.said("stored", self.shown_files[-1])

    def said(self, word: str, file: Path | None = None) -> list[str]:
        """The second word of every line of the doors, or of one, that begins with `word`."""
        return [line[1] for line in self.lines(word, file)]

    def lines(self, word: str, file: Path | None = None) -> list[list[str]]:
        files = [file] if file is not None else self.shown_files
        lines = [line for each in files for line in each.read_text().split("\n")[:-1]]
        return [line.split() for line in lines if line.startswith(word + " ")]

    @property
    def shown(self) -> list[str]:
        return self.said("stored")

    # ---- the other end

    def ledger(self) -> list[dict[str, Any]]:
        return sites.ledger_events(self.site)

    def waiting(self) -> int:
        """How many events wait, by the outbox itself: the last beat may be older than the last visitor."""
        now = read_stamp(read_boot_id())
        with Outbox(self.config.database, sites.KIOSK_ID, owner=False) as outbox:
            return outbox.counts(now).waiting

    def drained(self, limit_s: float = DRAIN_S) -> float:
        """Seconds until the uplink says that nothing waits any more. Raise NotInTime."""
        began_s = time.monotonic()
        self.until(lambda: self._idle_since(began_s), limit_s, "the outbox does not drain")
        return time.monotonic() - began_s

    def _idle_since(self, since_s: float) -> bool:
        return any(at_s > since_s and beat_is_idle(beat) for at_s, beat in self.beats[-5:])

    def until(self, condition: Callable[[], object], limit_s: float, otherwise: str) -> None:
        deadline_s = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline_s:
                last = self.beats[-1][1] if self.beats else None
                raise NotInTime(f"{otherwise} in {limit_s:.0f} s; the last beat: {last}")
            time.sleep(POLL_S)

    def verdict(self) -> list[str]:
        """What is wrong now, by the one invariant; a process that fell over by itself is wrong as well."""
        left = (self.config.kiosk.state_dir, self.site.run_dir, self.site.log_dir)
        return invariant.violations(self.shown, self.ledger(), left, STEMS) + self.tracebacks()

    def tracebacks(self) -> list[str]:
        logs = sorted(self.site.log_dir.glob("*.log"))
        return [
            f"an exception in {log.name}: {' '.join(sorted(_raised(log.read_text())))}"
            for log in logs
            if b"Traceback" in log.read_bytes()
        ]

    def hear(self, report: Report) -> None:
        if isinstance(report, UplinkBeat):
            self.beats.append((time.monotonic(), report))


def _raised(log: str) -> set[str]:
    """The names of what was raised, and where last: no message, which may quote anything."""
    found = re.findall(
        r'File "\S*?(\w+\.py)", line (\d+), in \w+\n[^\n]*\n(?:\s+[\^~]+\n)?([\w.]+)(?::|\n)', log
    )
    return {f"{kind} at {file}:{line}" for file, line, kind in found}


def door_command(config: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "bench.faults.door", "--config", str(config))


def beat_is_idle(beat: UplinkBeat) -> bool:
    return beat.connected and beat.waiting == 0


@contextlib.contextmanager
def rig(settings: Mapping[str, str] | None = None, *, for_the_loop: bool = True) -> Iterator[Rig]:
    """A site that is laid out, with nothing running yet. `settings` replaces text in the kiosk's settings; the harness
    does not stand `for_the_loop` where `kiosk run` itself is started.

    Raise CannotHere without a broker.
    """
    if shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None:
        raise CannotHere("mosquitto is not installed")
    with contextlib.ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        ports = sites.choose_ports(sites.Ports(0, 0, 0, 0))
        laid = sites.lay_out(root, ports, door="in", seed=1, fps=30.0)
        stack.callback(laid.remove)
        change(laid.kiosk_config, {"spread_s = 2.0": "spread_s = 1.0", **(settings or {})})
        config = load(laid.kiosk_config)
        hand_over_keys(laid, config.kiosk.state_dir)
        supervisor = stack.enter_context(Supervisor(laid.run_dir, laid.log_dir))
        made = Rig(laid, config, supervisor)
        if for_the_loop:
            listener = ReportListener(made.config.report_socket, made.hear)
            listener.open()
            stack.callback(listener.close)
        yield made


def hand_over_keys(site: sites.Site, state: Path) -> None:
    """The authority's signed documents, which the uplink would have fetched: visits are sealed from the first."""
    shutil.copytree(site.root / "collector" / "documents", state / "documents", dirs_exist_ok=True)


def change(file: Path, words: Mapping[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in words.items():
        if old not in text:
            raise CannotHere(f"{file.name} does not hold {old!r}")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
