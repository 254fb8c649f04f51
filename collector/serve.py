"""`collector serve`: joins ledger, inbox and office page in one process."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import flask

from collector import documents, systemd
from collector.access.door import Door
from collector.access.sqlite_access import SqliteAccess
from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.inbox import commands
from collector.inbox.inbox import Inbox
from collector.inbox.keyring import Keyring
from collector.inbox.unsealing import tell_nobody
from collector.ledger.sqlite_answers import SqliteAnswers
from collector.ledger.sqlite_ledger import SqliteLedger
from collector.office.app import Staffed, create_office_app
from collector.office.registry_pages import RegistryDesk
from collector.office.server import OfficeServer
from collector.registry import enrolment
from collector.registry.sqlite_registry import SqliteRegistry
from collector.tags.desk import TagDesk
from collector.tags.districts import Districts
from collector.tags.endpoint import DeviceEndpoint
from collector.tags.store import TagStore
from kiosk.wire.documents import DocumentKind

TURN_S = 1.0
DECLARATION_VALID_H = 24.0  # where no policy says otherwise, as on the kiosks
# a broker that takes longer to answer is said on the page, like one that is absent
SETTLE_TIMEOUT_S = 5.0


def serve(config: CollectorConfig, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Until `stop`. Raise CollectorError when the port, the ledger or the certificate cannot be had, and when the inbox
    fails later: whoever started this process starts it again."""
    ledger = SqliteLedger(config.ledger.file)
    keyring = Keyring(config.inbox.keys_folder)
    tags = TagStore(config.devices.tags_file)
    districts = Districts(SqliteRegistry(config.registry.file))
    desk = TagDesk(tags, lambda: _validity(config), lambda: keyring.command, districts.of_kiosk)
    has_tags = config.devices.port >= 0
    inbox = Inbox(
        config.broker,
        ledger,
        keyring,
        lambda: [
            *documents.outgoing(config.documents.folder),
            *(desk.announcement() if has_tags else ()),
        ],
        desk.declared if has_tags else tell_nobody,
        commands=lambda: commands.take(config.documents.folder / commands.FOLDER),
    )
    app = create_office_app(
        SqliteAnswers(config.ledger.file), lambda: inbox.state, staffed=_staffed(config)
    )
    ledger.open()
    try:
        with _office_server(config, app) as server, ExitStack() as stack:
            if has_tags:
                stack.enter_context(
                    DeviceEndpoint(config.devices, config.broker, tags, districts.of_kiosk)
                )
            inbox.open()
            _wait_settled(inbox, stop)
            say(f"collector ready: {server.url}")
            systemd.notify("READY=1")
            while not stop.wait(TURN_S):
                inbox.check()
                systemd.notify("WATCHDOG=1")
    finally:
        systemd.notify("STOPPING=1")
        inbox.close()
        ledger.close()


def _staffed(config: CollectorConfig) -> Staffed:
    access = config.access
    door = Door(
        SqliteAccess(access.file),
        timedelta(hours=access.session_hours),
        timedelta(minutes=access.idle_minutes),
    )
    desk = RegistryDesk(
        SqliteRegistry(config.registry.file),
        config.portal.address,
        lambda: enrolment.site(config),
        lambda: datetime.now(UTC),
    )
    return Staffed(door, desk, config.office.names, open_here=config.office.open_here)


def _office_server(config: CollectorConfig, app: flask.Flask) -> OfficeServer:
    office = config.office
    if office.certificate_file is None or office.key_file is None:
        if office.certificate_file or office.key_file:
            raise CollectorError("office.certificate_file and office.key_file go together")
        return OfficeServer(app, office.port, host=office.host)
    if office.open_here:
        raise CollectorError("office.open_here is for a page on this machine, without certificate")
    certificate = (office.certificate_file, office.key_file)
    return OfficeServer(app, office.port, host=office.host, certificate=certificate)


def _validity(config: CollectorConfig) -> timedelta:
    """How long a declaration counts, by the policy that is said to the kiosks."""
    policy = documents.body_in(config.documents.folder, DocumentKind.POLICY)
    hours = policy.get("declaration_valid_h", DECLARATION_VALID_H)
    return timedelta(hours=float(hours))


def _wait_settled(inbox: Inbox, stop: threading.Event) -> None:
    deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
    while time.monotonic() < deadline_s and not (inbox.settled.wait(0.05) or stop.is_set()):
        inbox.check()
