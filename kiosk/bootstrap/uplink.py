"""`kiosk uplink`, and what may be asked of the outbox from outside."""

import threading
from dataclasses import asdict

from hardware.watchdog import Watchdog
from kiosk.bootstrap.paced import Paced
from kiosk.commands import Commands
from kiosk.config import Config
from kiosk.documents import open_documents
from kiosk.reports import Reporter
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.uplink.process import run_uplink as run
from kiosk.uplink.settings import UplinkSettings


def run_uplink(config: Config, stop: threading.Event) -> None:
    """`kiosk uplink`: the outbox's rows to the broker, receipts back."""
    watchdog = Watchdog.from_environment()
    section = config.uplink
    settings = UplinkSettings(
        kiosk=config.kiosk.id,
        host=section.host,
        port=section.port,
        ca_file=section.ca_file,
        certificate_file=section.certificate_file,
        key_file=section.key_file,
        spread_s=section.spread_s,
        resend_s=section.resend_s,
        health_every_s=section.health_every_s,
    )
    outbox = Outbox(config.database, config.kiosk.id, owner=False)
    documents = open_documents(config)
    commands = Commands(config.commands_taken, config.kiosk.id)
    commands.read()
    watchdog.ready()
    reporter = Reporter(config.report_socket)
    run(settings, outbox, documents, commands, reporter, stop, Paced(watchdog))
    watchdog.stopping()


def outbox_counts(config: Config) -> dict[str, object]:
    """What waits for the collector."""
    with Outbox(config.database, config.kiosk.id, owner=False) as outbox:
        return asdict(outbox.counts(read_stamp(read_boot_id())))


def stored_visits(config: Config) -> list[str]:
    """The ids of the visits that this kiosk has stored and still remembers."""
    with Outbox(config.database, config.kiosk.id, owner=False) as outbox:
        return outbox.visit_ids()
