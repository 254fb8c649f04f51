"""`kiosk uplink`, and what may be asked of the outbox from outside."""

import logging
import threading
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from hardware.watchdog import Watchdog
from kiosk.bootstrap.paced import Paced
from kiosk.bootstrap.renewing import renewal_of
from kiosk.commands import Commands
from kiosk.config import Config
from kiosk.documents import open_documents
from kiosk.enrol.renewal import Renewing
from kiosk.reports import Reporter
from kiosk.store.outbox import Outbox
from kiosk.store.people import is_kept
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.store.tags import Tags
from kiosk.uplink.process import run_uplink as run
from kiosk.uplink.settings import UplinkSettings
from kiosk.uplink.tag_fetch import TagFetch

log = logging.getLogger(__name__)


def run_uplink(config: Config, stop: threading.Event) -> None:
    """`kiosk uplink`: the outbox's rows to the broker, receipts back."""
    watchdog = Watchdog.from_environment()
    settings = uplink_settings(config)
    outbox = Outbox(config.database, config.kiosk.id, owner=False)
    documents = open_documents(config)
    commands = Commands(config.commands_taken, config.kiosk.id)
    commands.read()
    watchdog.ready()
    reporter = Reporter(config.report_socket)
    tags = _tag_fetch(config, settings)
    renewing = Renewing(renewal_of(config)) if config.enrolment.address else None
    if renewing is not None:
        renewing.open()
    run(settings, outbox, documents, commands, reporter, stop, Paced(watchdog), tags)
    if renewing is not None:
        renewing.close()
    watchdog.stopping()


def uplink_settings(config: Config) -> UplinkSettings:
    section = config.uplink
    return UplinkSettings(
        kiosk=config.kiosk.id,
        host=section.host,
        port=section.port,
        ca_file=section.ca_file,
        certificate_file=section.certificate_file,
        key_file=section.key_file,
        spread_s=section.spread_s,
        resend_s=section.resend_s,
        health_every_s=section.health_every_s,
        tags_host=config.tags.host,
        tags_port=config.tags.port,
    )


def _tag_fetch(config: Config, settings: UplinkSettings) -> TagFetch | None:
    """None without a host, and where there is no RAM that the loop could share: people are never on a disk."""
    if not config.tags.host:
        return None
    if not is_kept(config.people):
        log.warning("no tags are fetched: %s does not lie in RAM", config.people.parent)
        return None
    zone = ZoneInfo(config.kiosk.time_zone)
    return TagFetch(settings, Tags(config.people), lambda: datetime.now(zone).date())


def outbox_counts(config: Config) -> dict[str, object]:
    """What waits for the collector."""
    with Outbox(config.database, config.kiosk.id, owner=False) as outbox:
        return asdict(outbox.counts(read_stamp(read_boot_id())))


def stored_visits(config: Config) -> list[str]:
    """The ids of the visits that this kiosk has stored and still remembers."""
    with Outbox(config.database, config.kiosk.id, owner=False) as outbox:
        return outbox.visit_ids()
