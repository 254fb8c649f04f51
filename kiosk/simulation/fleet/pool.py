"""The processes that play the fleet, and what is asked of them. Each draws the truth anew from the seed: nothing of it
has to travel."""

import logging
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kiosk.errors import KioskError
from kiosk.simulation.fleet import truth as truths
from kiosk.simulation.fleet.clock import Clock
from kiosk.simulation.fleet.light import LightKiosk
from kiosk.simulation.fleet.share import JOINS_A_SECOND, KIOSKS_A_PROCESS, Sent, Share, Standing
from kiosk.uplink.settings import UplinkSettings

ANSWER_TIMEOUT_S = 600.0  # on a machine that has much else to do


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a process needs to know. `spread_s` and `health_every_s` are seconds of this machine."""

    kiosks: int
    hours: float
    seed: int
    day: date
    state_dir: Path
    tls: Path
    broker_port: int
    spread_s: float
    resend_s: float
    health_every_s: float
    will_delay_s: int

    def settings(self, kiosk: str, spread_s: float | None = None) -> UplinkSettings:
        return UplinkSettings(
            kiosk=kiosk,
            host="127.0.0.1",
            port=self.broker_port,
            ca_file=self.tls / "ca.pem",
            certificate_file=self.tls / f"{kiosk}.pem",
            key_file=self.tls / f"{kiosk}.key",
            spread_s=self.spread_s if spread_s is None else spread_s,
            resend_s=self.resend_s,
            # at the pace of a true kiosk, once a minute
            health_every_s=self.health_every_s if spread_s is None else 60.0,
            will_delay_s=self.will_delay_s,
        )

    def light(self, kiosk: str, now: Callable[[], datetime]) -> LightKiosk:
        folder = self.state_dir / kiosk
        folder.mkdir(parents=True, exist_ok=True)
        return LightKiosk(self.settings(kiosk), folder, self.tls, now)


class Pool:
    """Between `with` and its end the fleet lives. Each question raises KioskError when a process has died."""

    def __init__(self, recipe: Recipe, kiosks: Sequence[str], clock: Clock) -> None:
        shares = -(-len(kiosks) // KIOSKS_A_PROCESS)
        spawn = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for number in range(shares):
            ours, theirs = spawn.Pipe()
            arguments = (
                theirs,
                recipe,
                list(kiosks[number::shares]),
                clock,
                JOINS_A_SECOND / shares,
            )
            self._processes.append(spawn.Process(target=_run, args=arguments, daemon=True))
            self._ends.append(ours)

    def __enter__(self) -> "Pool":
        for process in self._processes:
            process.start()
        self.ask("standing")
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            try:
                end.send(("end", ()))
            except OSError:
                continue
        for process in self._processes:
            process.join(30)
            if process.is_alive():
                process.kill()

    def ask(self, what: str, *arguments: object) -> list[Any]:
        """Of each process, what its share answers."""
        answers = []
        try:
            for end in self._ends:
                end.send((what, arguments))
            for end in self._ends:
                if not end.poll(ANSWER_TIMEOUT_S):
                    raise KioskError("a process of the fleet does not answer")
                answers.append(end.recv())
        except (EOFError, OSError) as error:
            raise KioskError("a process of the fleet has died: its words are above") from error
        return answers

    def standing(self) -> Standing:
        """Of all together."""
        each: list[Standing] = self.ask("standing")
        return Standing(
            acts=sum(one.acts for one in each),
            evening=sum(one.evening for one in each),
            waiting=sum(one.waiting for one in each),
            online=sum(one.online for one in each),
            powered=sum(one.powered for one in each),
            online_at=sorted(at for one in each for at in one.online_at),
        )

    def sent(self) -> dict[str, Sent]:
        return {kiosk: sent for share in self.ask("sent") for kiosk, sent in share.items()}

    def until(
        self,
        holds: Callable[[Standing], bool],
        limit_s: float,
        told: Callable[[Standing], None],
        look_s: float = 1.0,
    ) -> bool:
        """Whether it holds in time."""
        deadline_s = time.monotonic() + limit_s
        while not holds(standing := self.standing()):
            told(standing)
            if time.monotonic() > deadline_s:
                return False
            time.sleep(look_s)
        return True


def _run(
    end: Connection, recipe: Recipe, kiosks: Sequence[str], clock: Clock, joins_a_second: float
) -> None:
    """One process, until it is told to end or nobody is there to tell."""
    logging.basicConfig(level=logging.ERROR)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4_096), hard))
    truth = truths.make(recipe.kiosks, recipe.hours, recipe.seed)
    share = Share(truth, recipe.day, clock, kiosks, recipe.light, joins_a_second)
    try:
        while True:
            if end.poll(0):
                what, arguments = end.recv()
                if what == "end":
                    break
                end.send(_answer(share, recipe, what, arguments))
            share.turn()
    except EOFError:
        pass
    finally:
        share.close()


def _answer(share: Share, recipe: Recipe, what: str, arguments: Sequence[Any]) -> Any:
    match what:
        case "day":
            return share.begin_day(*arguments)
        case "mend":
            return share.mend()
        case "pace":
            return share.pace({kiosk: recipe.settings(kiosk, *arguments) for kiosk in share.kiosks})
        case "say":
            return share.say(*arguments)
        case "forget_online":
            return share.forget_online()
        case "sent":
            return share.sent()
    return share.standing()
