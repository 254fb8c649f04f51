"""`kiosk simulate --fleet N`: a province is laid out, lives through an evening and a day, and is held against its
truth.

The evening before, every kiosk says that it is there. The day goes by at so many times the speed of this machine; in
its evening the silent venues are looked at. Then what is broken is mended, all that waits comes, and the rest is
compared. Last the broker is restarted under the whole fleet, at the true pace of a kiosk.
"""

import argparse
import contextlib
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk.errors import KioskError
from kiosk.simulation import site as sites
from kiosk.simulation.fleet import layout
from kiosk.simulation.fleet import truth as truths
from kiosk.simulation.fleet.clock import ZONE, Hand, begun, moment, next_day
from kiosk.simulation.fleet.figures import Figure, of_json, table
from kiosk.simulation.fleet.layout import Ground
from kiosk.simulation.fleet.pool import Pool, Recipe
from kiosk.simulation.fleet.share import JOINS_A_SECOND, Standing
from kiosk.simulation.fleet.stays import BEGIN_S, HOUR_S
from kiosk.simulation.ports import free_port
from kiosk.simulation.supervisor import Supervisor

READY_S = 60.0
EVENING_S, EVENING_SPEED = -4 * HOUR_S, 5.0
# of the province's time: a kiosk says how it is, and returns after its network did
HEALTH_EVERY_S, SPREAD_S = 1_800, 300
QUIET_S = 60.0
TELL_EVERY_S = 10.0  # in a log
# by this machine's clock: a restarted broker under the whole fleet (issue 10)
# fewer kiosks than ENOUGH may return sooner by chance
ENOUGH = 200
STAMPEDE_SPREAD_S, DRAINED_WITHIN_S, STAMPEDE_EVENTS = 60.0, 300.0, 3


@dataclass(frozen=True)
class Options:
    kiosks: int
    hours: float
    speed: float
    seed: int
    check: bool
    folder: Path | None
    postgresql: str = ""
    stampede: bool = True

    @classmethod
    def from_arguments(cls, arguments: argparse.Namespace) -> "Options":
        if not 0 < arguments.hours <= 20:
            raise KioskError("--hours takes up to 20: the day begins at four in the morning")
        if not 1 <= arguments.speed <= 7_200:
            raise KioskError("--speed takes 1 to 7200")
        if arguments.store == "postgres" and not arguments.postgresql:
            raise KioskError("--store postgres needs --postgresql, an empty database of its own")
        return cls(
            kiosks=arguments.fleet,
            hours=arguments.hours,
            speed=arguments.speed,
            seed=arguments.seed,
            check=arguments.check,
            folder=arguments.dir,
            postgresql=arguments.postgresql if arguments.store == "postgres" else "",
        )


def play(options: Options, stop: threading.Event) -> list[Figure]:
    """The whole of it; no figures without `check`. Raise KioskError when something is missing, or it is stopped."""
    truth = truths.make(options.kiosks, options.hours, options.seed)
    with ground_of(options) as ground, Fleet(options, truth, ground, stop) as fleet:
        fleet.live()
        return fleet.check() if options.check else []


def simulate(options: Options, stop: threading.Event) -> int:
    """0 when all went well; 1 when a figure with a goal falls short."""
    figures = play(options, stop)
    if figures:
        _say("\n" + table(figures))
    short = [figure.name for figure in figures if not figure.is_reached]
    if short:
        _say(f"\nfalls short: {'; '.join(short)}")
    return 1 if short else 0


class Fleet:
    """Broker, collector and kiosks. `live` plays the evening and the day, `check` says what came of it."""

    def __init__(
        self, options: Options, truth: truths.Truth, ground: Ground, stop: threading.Event
    ) -> None:
        self._options = options
        self._truth = truth
        self._ground = ground
        self._stop = stop
        self._stack = contextlib.ExitStack()
        self._day = next_day(datetime.now(ZONE).date())
        self._began_s = time.monotonic()
        self._tell_at_s = 0.0
        self._pool: Pool

    def __enter__(self) -> "Fleet":
        with contextlib.ExitStack() as stack:
            self._say(f"laying out {len(self._truth.doors)} kiosks")
            layout.lay_out(self._ground, self._truth.province)
            run_dir = sites.make_run_dir()
            stack.callback(shutil.rmtree, run_dir, ignore_errors=True)
            self._supervisor = stack.enter_context(Supervisor(run_dir, self._ground.log_dir))
            program = sites.broker(self._ground.root, self._ground.port)
            self._broker = self._supervisor.start(program)
            self._broker.wait_ready(READY_S)
            clock = begun(moment(self._day, EVENING_S), EVENING_SPEED)
            self._hand = stack.enter_context(Hand(self._ground.clock_file, clock))
            self._supervisor.start(layout.inbox(self._ground)).wait_ready(READY_S)
            self._pool = stack.enter_context(Pool(self._recipe(), list(self._truth.doors), clock))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def live(self) -> None:
        """Raise KioskError when the fleet does not come up."""
        joins_s = len(self._truth.doors) / JOINS_A_SECOND
        if not self._until(lambda now: not now.evening, 120 + 8 * joins_s, "the evening before"):
            raise KioskError("the kiosks do not join; see the logs with --dir")
        clock = self._hand.clock = begun(moment(self._day, BEGIN_S), self._options.speed)
        self._pool.ask("day", clock)
        end = moment(self._day, self._truth.end_s)
        while (left_s := clock.left_s(end)) > 0 and not self._stop.wait(min(left_s, 5.0)):
            self._tell(f"{clock.now().astimezone(ZONE):%H:%M}", self._pool.standing())
        if self._stop.is_set():
            raise KioskError("stopped")

    def check(self) -> list[Figure]:
        told = truths.as_json(self._truth, self._day)
        self._until(lambda now: not now.acts, QUIET_S, "the last visitors leave")
        time.sleep(2 * _health_every_s(self._options.speed))
        figures = self._held(told, "silent")
        self._pool.ask("mend")
        began_s = time.monotonic()
        drained = self._until(lambda now: not now.waiting, DRAINED_WITHIN_S, "what waits comes")
        took_s = time.monotonic() - began_s if drained else None
        figures.append(Figure("all that waited had come after, s", took_s, DRAINED_WITHIN_S, False))
        told["sent"] = {kiosk: asdict(sent) for kiosk, sent in self._pool.sent().items()}
        figures += self._held(told, "events", "totals", "traces")
        return [*figures, *(self._stampede(told) if self._options.stampede else [])]

    # ----

    def _held(self, told: dict[str, Any], *parts: str) -> list[Figure]:
        self._say(f"held against the truth: {', '.join(parts)}")
        return of_json(layout.hold_against_truth(self._ground, told, parts))

    def _stampede(self, told: dict[str, Any]) -> list[Figure]:
        """The broker is restarted; every kiosk has something to say."""
        self._pool.ask("pace", STAMPEDE_SPREAD_S)
        if not self._until(lambda now: now.online == now.powered, 120, "all are connected"):
            return [Figure("kiosks connected before the restart", None, 1)]
        self._broker.stop()
        self._pool.ask("forget_online")
        ended_s = time.time()
        self._pool.ask("say", STAMPEDE_EVENTS)
        program = sites.broker(self._ground.root, self._ground.port)
        self._broker = self._supervisor.start(program)
        self._broker.wait_ready(READY_S)

        def is_over(now: Standing) -> bool:
            return not now.waiting and now.online == now.powered

        is_back = self._until(is_over, DRAINED_WITHIN_S + 60, "the fleet returns")
        took_s = time.time() - ended_s
        now = self._pool.standing()
        back_s = [at - ended_s for at in now.online_at]
        a_second = max((sum(at <= each < at + 1 for each in back_s) for at in back_s), default=0)
        told["sent"] = {kiosk: asdict(sent) for kiosk, sent in self._pool.sent().items()}
        return [
            Figure("kiosks back after a restarted broker", len(back_s), now.powered),
            Figure(
                "their return was spread over, s",
                _spread_s(back_s),
                STAMPEDE_SPREAD_S if now.powered >= ENOUGH else None,
            ),
            Figure("most of them in one second", a_second),
            Figure("all drained after, s", took_s if is_back else None, DRAINED_WITHIN_S, False),
            *self._held(told, "events"),
        ]

    def _recipe(self) -> Recipe:
        speed, options = self._options.speed, self._options
        return Recipe(
            kiosks=options.kiosks,
            hours=options.hours,
            seed=options.seed,
            day=self._day,
            state_dir=self._ground.state_dir,
            tls=self._ground.tls,
            broker_port=self._ground.port,
            spread_s=max(1.0, SPREAD_S / speed),
            resend_s=max(5.0, 60 / speed),
            health_every_s=_health_every_s(speed),
            will_delay_s=max(1, round(30 / speed)),
        )

    def _until(self, holds: Any, limit_s: float, what: str) -> bool:
        return self._pool.until(holds, limit_s, lambda now: self._tell(what, now))

    def _tell(self, what: str, now: Standing) -> None:
        text = f"{what}: {now.online} of {now.powered} online, {now.waiting} events waiting"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
        elif time.monotonic() >= self._tell_at_s:
            self._tell_at_s = time.monotonic() + TELL_EVERY_S
            self._say(text)

    def _say(self, text: str) -> None:
        _say(f"{time.monotonic() - self._began_s:6.1f} s  {text}")


def _health_every_s(speed: float) -> float:
    return max(0.2, HEALTH_EVERY_S / speed)


def _spread_s(back_s: list[float]) -> float | None:
    return max(back_s) - min(back_s) if back_s else None


@contextlib.contextmanager
def ground_of(options: Options) -> Iterator[Ground]:
    state_dir = sites.make_run_dir()
    try:
        with sites.folder(options.folder) as root:
            yield Ground(root, state_dir, free_port(), options.postgresql)
    finally:
        shutil.rmtree(state_dir, ignore_errors=True)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
