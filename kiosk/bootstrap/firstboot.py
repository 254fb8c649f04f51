"""`kiosk firstboot`, `kiosk enrol`, `kiosk renew`: a new kiosk joins, and what it was given is kept fresh."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from hardware.boards import BOARDS
from hardware.errors import LightsAbsent, PrinterTrouble
from hardware.lights import Lights
from hardware.pins import header_pins, mock_pins
from hardware.rhythm import Beep, Signal
from hardware.watchdog import Watchdog
from kiosk import config as settings
from kiosk.bootstrap.paced import Paced
from kiosk.bootstrap.renewing import renewal_of
from kiosk.bootstrap.slips import printer_of
from kiosk.config import Config
from kiosk.enrol import label, place
from kiosk.enrol.firstboot import Answer, FirstBoot, Stage
from kiosk.enrol.joining import Joined, Step, join
from kiosk.enrol.wifi import NetworkManager
from kiosk.errors import ConfigError, KioskError, StoreError
from kiosk.reports import ReadingReport, Report, ReportListener
from kiosk.store.durable import is_durable
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import read_boot_id, read_stamp

log = logging.getLogger(__name__)

_BEEP = Beep(2000.0, 0.25, 0.25)
_UPLINK_ENDS_S = 10.0


def run_firstboot(path: Path, stop: threading.Event) -> None:
    """Until this kiosk has joined and has been looked at; at once when it has joined. `kiosk eye` runs beside it."""
    from kiosk.web.firstboot import create_firstboot_app
    from kiosk.web.server import PageServer
    from kiosk.web.settings import PageSettings

    config = settings.load_new(path)
    if config.kiosk.id:
        log.info("this kiosk is %s already", config.kiosk.id)
        return
    watchdog = Watchdog.from_environment()
    _make_ready(config)
    with ExitStack() as stack:
        parts = _Parts(config, path, stack)
        boot = FirstBoot(
            lambda text, say: join_by(config, text, say),
            partial(place.forget, config.kiosk.state_dir),
            parts,
        )
        listener = ReportListener(config.report_socket, partial(_deliver, boot))
        listener.open()
        stack.callback(listener.close)
        pages = PageSettings(time_zone=config.kiosk.time_zone)
        app = create_firstboot_app(
            boot, lambda stage, answer: (Stage(stage), Answer(answer)), pages, _now
        )
        stack.enter_context(PageServer(app, config.screen.port, threads=4, name="firstboot"))
        watchdog.ready()
        boot.run(stop, Paced(watchdog))
        watchdog.stopping()


def enrol(path: Path, text: str) -> Joined:
    """Join by a code that was typed or lies in a file. Raise NotJoined."""
    config = settings.load_new(path)
    if config.kiosk.id:
        raise KioskError(f"this kiosk is {config.kiosk.id} already: nothing was changed")
    _make_ready(config)
    return join_by(config, text.strip(), lambda step: log.info("%s", step))


def renew(config: Config, *, at_once: bool) -> bool:
    """Whether there is a new certificate. Raise NotJoined; ConfigError for a kiosk that has not joined by a code."""
    if not config.enrolment.address:
        raise ConfigError(["enrolment.address: this kiosk has not joined by a code"])
    return renewal_of(config).turn(at_once=at_once)


def join_by(config: Config, text: str, say: Callable[[Step], None]) -> Joined:
    return join(text, config.kiosk.state_dir, NetworkManager(), say)


def _make_ready(config: Config) -> None:
    """The folders; and what is kept must outlive the power."""
    for folder in (config.kiosk.state_dir, config.kiosk.run_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o770)
    if config.kiosk.require_durable_state and not is_durable(config.kiosk.state_dir):
        raise ConfigError(
            [
                f"kiosk.state_dir {config.kiosk.state_dir} lies in RAM: a kiosk that joins would forget it"
            ]
        )


def _deliver(boot: FirstBoot, report: Report) -> None:
    if isinstance(report, ReadingReport):
        boot.read(report.data)


class _Parts:
    """Implements kiosk.enrol.firstboot.Parts with what this kiosk has."""

    def __init__(self, config: Config, path: Path, stack: ExitStack) -> None:
        self._config = config
        self._path = path
        self._stack = stack
        self._lights = _lights(config)
        if self._lights is not None:
            stack.callback(self._lights.close)
        self._outbox: Outbox | None = None
        self._played = threading.Event()

    def shine(self) -> None:
        self._play(Signal("green"), Signal("amber"), Signal("red"), again=True)

    def sound(self) -> None:
        self._play(Signal(beeps=(_BEEP, _BEEP, _BEEP)))

    def rest(self) -> None:
        self._play(Signal())

    def send(self) -> bool:
        """With an uplink of its own, until this process ends: the unit's starts when there is a kiosk to run."""
        config = settings.load(self._path)
        outbox = Outbox(
            config.database,
            config.kiosk.id,
            owner=True,
            require_durable=config.kiosk.require_durable_state,
        )
        try:
            outbox.open()
            self._stack.callback(outbox.close)
            outbox.append_device_notice("joined", "enrolled", read_stamp(read_boot_id()))
        except StoreError as error:
            log.error("no event is stored: %s", error)
            return False
        self._outbox = outbox
        command = [sys.executable, "-m", "kiosk", "uplink", "--config", str(self._path)]
        self._stack.callback(_end, subprocess.Popen(command))
        return True

    def is_received(self) -> bool:
        if self._outbox is None:
            return False
        try:
            return self._outbox.counts(read_stamp(read_boot_id())).waiting == 0
        except StoreError:
            return False

    def label(self, joined: Joined) -> bool:
        printer = printer_of(self._config.printer)
        if printer is None or not printer.is_there():
            return False
        picture = label.draw(
            joined.kiosk, joined.venue_name, self._config.printer.width_px // 8 * 8
        )
        try:
            printer.print(picture)
        except PrinterTrouble as trouble:
            log.warning("no label: %s", trouble)
            return False
        return True

    def _play(self, *signals: Signal, again: bool = False) -> None:
        """A second each, and from the beginning `again`, in place of whatever was playing."""
        self._played.set()
        self._played = threading.Event()
        if self._lights is not None:
            work = (self._lights, signals, again, self._played)
            threading.Thread(target=_play, args=work, name="self-test", daemon=True).start()


def _play(lights: Lights, signals: Sequence[Signal], again: bool, stop: threading.Event) -> None:
    while not stop.is_set():
        for signal in signals:
            lights.signal(signal)
            if stop.wait(1.0):
                return
        if not again:
            return


def _lights(config: Config) -> Lights | None:
    """None where there are none: the technician sees it, and says so."""
    board = BOARDS.get(config.lights.board)
    if board is None:
        known = ", ".join(sorted(BOARDS))
        raise ConfigError([f"lights.board {config.lights.board!r} is not a board; known: {known}"])
    try:
        lights = Lights(board, mock_pins() if config.lights.mock_pins else header_pins())
        lights.open()
    except LightsAbsent as error:
        log.error("no lamps: %s", error)
        return None
    return lights


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_UPLINK_ENDS_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _now() -> datetime:
    return datetime.now(UTC)
