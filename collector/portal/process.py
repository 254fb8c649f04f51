"""`collector portal`: joins outbox, desk, pages and uplink in one process of its own user."""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.portal.app import create_portal_app
from collector.portal.desk import Desk
from collector.portal.drafts import PhoneDrafts
from collector.portal.limits import Limits
from collector.portal.phone import Portal
from collector.portal.remembered import phone_key
from collector.portal.safety import Rules
from collector.portal.server import portal_server
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


class PortalProcess:
    """Between `with` and its end it answers phones, stores and sends. Entering raises CollectorError when port, folders
    or keys cannot be had."""

    def __init__(self, config: CollectorConfig) -> None:
        section = config.portal
        section.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stack = ExitStack()
        for_desk, for_uplink = _documents(config), _documents(config)
        desk = Desk(
            _outbox(config, owner=True),
            SealingDesk(lambda: for_desk.keys, lambda: datetime.now(UTC)),
            lambda: _renewed(for_desk, section.passes_folder),
        )
        self._drafts = PhoneDrafts(time.monotonic)
        self._server = portal_server(
            create_portal_app(_portal(config, desk, self._drafts)), section
        )
        commands = Commands(section.state_dir / "commands.json", section.kiosk)
        commands.read()
        self._ending, self._ready = threading.Event(), threading.Event()
        self._desk = desk
        self._taking = _Running("portal-desk", lambda: desk.run(self._ready.set))
        self._sending = _Running(
            "portal-uplink",
            lambda: run_uplink(
                _uplink(config),
                _outbox(config, owner=False),
                for_uplink,
                commands,
                _Told(desk.deliver),
                self._ending,
            ),
        )

    @property
    def told(self) -> str:
        return f"portal ready: {self._server.url}"

    def goes_on(self) -> bool:
        """False when the authority asks for a restart. Raise CollectorError when a part has failed."""
        if self._taking.has_ended:
            if self._taking.failure:
                raise CollectorError(self._taking.failure)
            return False
        self._drafts.sweep()
        if self._sending.has_ended or not self._server.is_alive:
            raise CollectorError(self._sending.failure or "the pages have failed")
        return True

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._taking.start()
            stack.callback(self._end_desk)
            _wait_open(self._taking, self._ready)
            self._sending.start()
            stack.callback(self._end_uplink)
            stack.enter_context(self._server)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _end_desk(self) -> None:
        self._desk.end()
        self._taking.join()

    def _end_uplink(self) -> None:
        self._ending.set()
        self._sending.join()


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


def _wait_open(taking: _Running, ready: threading.Event) -> None:
    """Nothing is answered before something can be stored."""
    deadline_s = time.monotonic() + OPENING_S
    while not ready.wait(0.05):
        if taking.has_ended:
            raise CollectorError(taking.failure or "the desk has ended")
        if time.monotonic() > deadline_s:
            raise CollectorError("the outbox does not open")
