"""Joins what staff use: their book, the desk that the loop tells, the pages for phones, the menu on the screen."""

import logging
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.addresses import ipv4_addresses, local_name
from kiosk.config import Config
from kiosk.errors import StoreError
from kiosk.loop import Entrance
from kiosk.questions.shape import QuestionSet
from kiosk.staff.desk import StaffDesk
from kiosk.staff.tally import Begun, Tally
from kiosk.store.outbox import Outbox
from kiosk.web.feed import Feed
from kiosk.web.monitor import create_monitor_app
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.safety.own_certificate import fingerprint, own_certificate
from kiosk.web.safety.staff_book import StaffBook
from kiosk.web.safety.web_server import Certificate, WebServer
from kiosk.web.screen.menu import MenuParts
from kiosk.web.settings import PageSettings

log = logging.getLogger(__name__)

EVERYWHERE, HERE = "0.0.0.0", ("localhost", "127.0.0.1")  # noqa: S104 - the word for it
STREAMS, THREADS = 6, 12
MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True)
class StaffSide:
    """Made before the loop, which it hears; opened after it, which it asks."""

    desk: StaffDesk
    feed: Feed
    book: StaffBook


def staff_side(config: Config, outbox: Outbox, boot: str) -> StaffSide:
    zone = ZoneInfo(config.kiosk.time_zone)

    def here() -> datetime:
        return datetime.now(zone)

    feed = Feed(STREAMS)
    tally = Tally(config.kiosk.state_dir / "tally.json", here().date(), _begun(outbox, here()))
    limit = config.staff.occupancy_limit
    desk = StaffDesk(tally, here, limit=limit, boot=boot, publish=feed.publish)
    book = StaffBook(config.staff_book, time.time)
    book.open()
    return StaffSide(desk, feed, book)


def open_staff_pages(
    config: Config,
    side: StaffSide,
    entrance: Entrance,
    questions: QuestionSet,
    near: Sequence[str],
    stack: ExitStack,
) -> MenuParts:
    """The pages for phones, where a port is set; and what the menu on the screen is joined from."""
    section = config.staff
    act, status = entrance.act, entrance.status
    if section.port < 0:
        return MenuParts(side.book, act, status, shut_down=_shut_down)
    names = [local_name(), *section.names, *ipv4_addresses(), *HERE]
    certificate = own_certificate(config.kiosk.state_dir / "tls-staff", names)
    settings = PageSettings(
        venue_name=config.kiosk.venue_name, time_zone=config.kiosk.time_zone, hosts=tuple(names)
    )
    zone = ZoneInfo(config.kiosk.time_zone)
    pages = StaffPages(
        side.book,
        side.desk,
        side.feed,
        act,
        questions,
        lambda: datetime.now(zone),
        entrance.paper,
        lambda: entrance.policy.paper_kept,
        near,
    )
    server = _server(config, certificate, pages, settings)
    server.open()
    stack.callback(server.close)
    # what listens on this machine alone is reached from this machine alone
    shown = names if section.host == EVERYWHERE else [section.host]
    addresses = [f"https://{name}:{server.port}/" for name in shown if name not in HERE]
    addresses = addresses or [f"https://127.0.0.1:{server.port}/"]
    log.info("staff pages: %s", addresses[0])
    return MenuParts(
        side.book, act, status, addresses, fingerprint(certificate), shut_down=_shut_down
    )


def _server(
    config: Config, certificate: Certificate, pages: StaffPages, settings: PageSettings
) -> WebServer:
    return WebServer(
        "staff",
        create_monitor_app(pages, settings),
        (config.staff.host, config.staff.port),
        certificate,
        threads=THREADS,
        max_body_bytes=MAX_BODY_BYTES,
        on_close=pages.feed.close,
    )


def _begun(outbox: Outbox, here: datetime) -> Begun:
    try:
        day = outbox.visits_today(here)
    except StoreError:
        return Begun()  # the loop says what is wrong with it
    return Begun(day.outcomes, day.entries, day.exits, day.inside, day.by_hour)


def _shut_down() -> None:
    """By systemd-logind, which lets the kiosk's user (provisioning, polkit)."""
    try:
        subprocess.run(["systemctl", "poweroff"], check=True, timeout=10, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        log.error("this machine cannot be shut down from here: %s", type(error).__name__)
