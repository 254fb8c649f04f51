"""`collector portal`: joins outbox, desk, pages and uplink in one process of its own user."""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector import systemd
from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.portal.app import create_portal_app
from collector.portal.desk import Desk
from collector.portal.drafts import PhoneDrafts
from collector.portal.limits import Limits
from collector.portal.phone import Portal
from collector.portal.remembered import phone_key
from collector.portal.safety import Rules
from collector.portal.server import PortalServer
from collector.portal.standing import Standing, standing
from collector.portal.venues import Venues
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.commands import Commands
from kiosk.documents import Documents, authority_keys
from kiosk.errors import KioskError
from kiosk.questions.places import all_places
from kiosk.reports import Report, Reporter
from kiosk.sealing_desk import SealingDesk
from kiosk.store.outbox import Outbox
from kiosk.uplink.process import run_uplink
from kiosk.uplink.settings import UplinkSettings

log = logging.getLogger(__name__)

TURN_S = 0.5
OPENING_S = 10.0


class _Told(Reporter):
    """What the uplink has to say goes to the desk of the same process."""

    def __init__(self, deliver: Callable[[Report], bool]) -> None:
        super().__init__(Path())
        self._deliver = deliver

    def send(self, report: Report) -> bool:
        return self._deliver(report)


class _Running:
    """A part with a thread of its own. What ends one ends the process, and whoever started it starts it again."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self._run = run
        self._thread = threading.Thread(target=self._guarded, name=name)
        self.failure = ""

    def start(self) -> None:
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        return not self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as error:  # the edge of the thread: told by the process that it ends
            self.failure = f"{self._thread.name} has failed ({type(error).__name__})"
            if isinstance(error, KioskError):
                self.failure += f": {error}"
            else:
                # not its message: that may quote what somebody typed
                log.error("%s\n%s", self.failure, "".join(traceback.format_tb(error.__traceback__)))


def run(config: CollectorConfig, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Until `stop`, or until the authority asks for a restart. Raise CollectorError when port, folders or keys cannot
    be had, or when a part fails later."""
    section = config.portal
    section.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for_desk, for_uplink = _documents(config), _documents(config)
    desk = Desk(
        _outbox(config, owner=True),
        SealingDesk(lambda: for_desk.keys, lambda: datetime.now(UTC)),
        lambda: _renewed(for_desk, section.passes_folder),
    )
    drafts = PhoneDrafts(time.monotonic)
    server = PortalServer(create_portal_app(_portal(config, desk, drafts)), section)
    commands = Commands(section.state_dir / "commands.json", section.kiosk)
    commands.read()
    ending, ready = threading.Event(), threading.Event()
    taking = _Running("portal-desk", lambda: desk.run(ready.set))
    sending = _Running(
        "portal-uplink",
        lambda: run_uplink(
            _uplink(config),
            _outbox(config, owner=False),
            for_uplink,
            commands,
            _Told(desk.deliver),
            ending,
        ),
    )
    taking.start()
    try:
        _wait_open(taking, ready)
        sending.start()
        try:
            with server:
                say(f"portal ready: {_scheme(config)}://{section.host}:{server.port}/")
                systemd.notify("READY=1")
                while not (stop.wait(TURN_S) or taking.has_ended):
                    drafts.sweep()
                    if sending.has_ended or not server.is_alive:
                        raise CollectorError(sending.failure or "the pages have failed")
                    systemd.notify("WATCHDOG=1")
        finally:
            ending.set()
            sending.join()
    finally:
        systemd.notify("STOPPING=1")
        desk.end()
        taking.join()
    if taking.failure:
        raise CollectorError(taking.failure)


def _portal(config: CollectorConfig, desk: Desk, drafts: PhoneDrafts) -> Portal:
    section = config.portal
    all_places()  # a second, not to be the first visitor's
    key = phone_key(section.state_dir / "phones.key")
    limits = Limits(
        time.monotonic,
        address_per_minute=section.address_per_minute,
        total_per_minute=section.total_per_minute,
    )
    return Portal(
        desk=desk,
        drafts=drafts,
        venues=Venues(SqliteRegistry(config.registry.file), time.monotonic),
        key=key,
        rules=Rules(section.address, section.certificate_file is None, key.mac, limits),
        remember=timedelta(days=section.remember_days),
        retention_days=section.retention_days,
    )


def _renewed(documents: Documents, passes_folder: Path | None) -> Standing:
    documents.read()
    return standing(documents, passes_folder)


def _documents(config: CollectorConfig) -> Documents:
    section = config.portal
    found = Documents(
        section.state_dir / "documents", section.kiosk, authority_keys(section.authority_key_file)
    )
    found.read()
    return found


def _outbox(config: CollectorConfig, *, owner: bool) -> Outbox:
    section = config.portal
    return Outbox(
        section.state_dir / "state.db",
        section.kiosk,
        owner=owner,
        require_durable=section.require_durable_state,
    )


def _uplink(config: CollectorConfig) -> UplinkSettings:
    section, broker = config.portal, config.broker
    return UplinkSettings(
        kiosk=section.kiosk,
        host=broker.host,
        port=broker.port,
        ca_file=broker.ca_file,
        certificate_file=section.uplink_certificate_file,
        key_file=section.uplink_key_file,
        spread_s=2.0,  # one portal, not a fleet that comes back at once
        resend_s=60.0,
    )


def _scheme(config: CollectorConfig) -> str:
    return "https" if config.portal.certificate_file is not None else "http"


def _wait_open(taking: _Running, ready: threading.Event) -> None:
    """Nothing is answered before something can be stored."""
    deadline_s = time.monotonic() + OPENING_S
    while not ready.wait(0.05):
        if taking.has_ended:
            raise CollectorError(taking.failure or "the desk has ended")
        if time.monotonic() > deadline_s:
            raise CollectorError("the outbox does not open")
