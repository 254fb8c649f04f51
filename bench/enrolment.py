"""A new kiosk from its first start to its first receipt, and what the technician's hands do for it.

    python -m bench.enrolment

Real parts: mosquitto with dynamic security, `collector inbox` and `enrolment`, `kiosk firstboot` and `kiosk eye` with
the simulated camera, which sees the code as the registry draws it. Counted is every act of the technician: a code held
up, a touch.
"""

import html
import http.client
import io
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import segno

from bench.joining import KIOSK, Province
from hardware.stage import Scene, Stage, StageError
from kiosk.errors import KioskError
from kiosk.rehearsal.people import citizen_card
from kiosk.rehearsal.pictures import phone
from kiosk.simulation.ports import free_port
from kiosk.simulation.supervisor import Program, Supervisor

LIMIT_S = 60.0
STEPS_ALLOWED = 6
_STAGE = re.compile(r'data-stage="(\w+)"')
_TROUBLE = re.compile(r'role="alert">.*?class="en" lang="en">([^<]+)<', re.S)
_WORDS = re.compile(r"<b>(\w+)</b>")
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class NewKiosk:
    """One that has not joined, in a folder of its own, before a simulated camera."""

    root: Path
    run_dir: Path
    screen: int = 0

    @property
    def settings(self) -> Path:
        return self.root / "kiosk.toml"

    def lay_out(self) -> None:
        self.root.mkdir(parents=True)
        self.settings.write_text(
            f"""\
[kiosk]
state_dir = "state"
run_dir = "{self.run_dir}"
require_durable_state = false
[camera]
kind = "simulated"
[lights]
mock_pins = true
[printer]
kind = "simulated"
[screen]
port = {self.screen}
[uplink]
spread_s = 1.0
resend_s = 2.0
""",
            encoding="utf-8",
        )

    def program(self, name: str) -> Program:
        command = (sys.executable, "-m", "kiosk", name, "--config", str(self.settings))
        return Program(name, command, 30.0)


@dataclass
class Technician:
    """Has a phone, and a hand: every act is written down."""

    kiosk: NewKiosk
    acts: list[str] = field(default_factory=list)

    def holds_up(self, what: str, picture: bytes) -> None:
        self.acts.append(f"holds up {what}")
        stage = Stage(self.kiosk.run_dir / "stage.sock")
        until(lambda: _shown(stage, Scene(picture, hold_s=30.0, scale=0.8, motion=0.3)))

    def takes_away(self) -> None:
        """The hand falls: no act of its own."""
        Stage(self.kiosk.run_dir / "stage.sock").clear()

    def touches(self, stage: str, answer: str) -> None:
        self.acts.append(f"touches {answer} at {stage}")
        found = _TOKEN.search(self.page())
        token = html.unescape(found[1]) if found else ""
        body = urlencode({"csrf": token, "stage": stage, "answer": answer})
        own = f"http://127.0.0.1:{self.kiosk.screen}"
        kind = "application/x-www-form-urlencoded"
        status, _ = _asked(
            self.kiosk.screen, "POST", "/answer", body, {"Origin": own, "Content-Type": kind}
        )
        if status != http.client.SEE_OTHER:
            raise KioskError(f"the page answered {status} to a touch")

    def page(self) -> str:
        return _asked(self.kiosk.screen, "GET", "/")[1]

    def sees(self, stage: str) -> str:
        """The page, once it shows this stage. Raise KioskError with its trouble when it does not come."""
        try:
            return until(lambda: self._page_of(stage))
        except KioskError as error:
            page = self.page()
            trouble = _TROUBLE.search(page)
            told = trouble[1] if trouble else _stage_of(page)
            raise KioskError(f"no {stage}: {told}") from error

    def words(self) -> tuple[str, ...]:
        return tuple(_WORDS.findall(self.page()))

    def lets_it_join(self, code: str) -> tuple[str, ...]:
        """All that a technician does, from the first page to the end. The words that the kiosk showed."""
        self.sees("code")
        self.holds_up("the enrolment code", picture_of(code))
        self.sees("words")
        words = self.words()
        self.takes_away()
        self.touches("words", "yes")
        self.sees("touch")
        self.touches("touch", "yes")
        self.sees("lights")
        self.touches("lights", "yes")
        self.sees("buzzer")
        self.touches("buzzer", "yes")
        self.sees("read")
        self.holds_up("a card", Scene.of_luma(phone(citizen_card(1))).image)
        self.sees("done")
        self.takes_away()
        return words

    def _page_of(self, stage: str) -> str:
        page = self.page()
        return page if _stage_of(page) == stage else ""


def picture_of(code: str) -> bytes:
    """A phone's screen with the code as the registry draws it."""
    drawn = io.BytesIO()
    segno.make_qr(code, error="m", boost_error=False).save(drawn, kind="png", scale=8, border=4)
    return drawn.getvalue()


@contextmanager
def site(root: Path) -> Iterator[tuple[Province, NewKiosk, Supervisor]]:
    """Province and kiosk, running; `root` is empty."""
    ports = [free_port() for _ in range(3)]
    province = Province(root / "province", ports[0], ports[1])
    province.lay_out()
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with tempfile.TemporaryDirectory(
        prefix="kiosk-", dir=shared if shared.is_dir() else None
    ) as run_dir:
        kiosk = NewKiosk(root / "kiosk", Path(run_dir), ports[2])
        kiosk.lay_out()
        log = root / "log"
        log.mkdir()
        collector = [
            Program(
                name, (sys.executable, "-m", "collector", name, "--config", str(province.settings))
            )
            for name in ("inbox", "enrolment")
        ]
        with province.mosquitto(), Supervisor(Path(run_dir), log) as supervisor:
            for program in (
                *collector,
                kiosk.program("firstboot"),
                kiosk.program("eye"),
            ):
                supervisor.start(program).wait_ready(LIMIT_S)
            yield province, kiosk, supervisor


def until(condition: Callable[[], str]) -> str:
    """What the condition gives once it is something. Raise KioskError."""
    deadline_s = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline_s:
        try:
            if found := condition():
                return found
        except (OSError, http.client.HTTPException):
            pass  # not there yet
        time.sleep(0.05)
    raise KioskError(f"not within {LIMIT_S:.0f} s")


def _shown(stage: Stage, scene: Scene) -> str:
    try:
        stage.show(scene)
    except StageError:
        return ""
    return "shown"


def _stage_of(page: str) -> str:
    found = _STAGE.search(page)
    return found[1] if found else ""


def _asked(
    port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as (province, kiosk, _):
            technician = Technician(kiosk)
            began_s = time.monotonic()
            words = technician.lets_it_join(province.code())
            took_s = time.monotonic() - began_s
    except KioskError as error:
        print(error, file=sys.stderr)
        return 1
    for number, act in enumerate(technician.acts, 1):
        print(f"{number}. {act}")
    print(f"{KIOSK} has joined: {' '.join(words)}")
    print(f"{len(technician.acts)} acts (at most {STEPS_ALLOWED}), {took_s:.1f} s to the receipt")
    print(f"{datetime.now(UTC):%Y-%m-%d}")
    return 0 if len(technician.acts) <= STEPS_ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
