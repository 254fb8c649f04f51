"""`kiosk run`: the loop, its stores, lamps and pages."""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hardware.watchdog import Watchdog
from kiosk import document_bodies, trust_folder
from kiosk.attendance import Attendance
from kiosk.bootstrap import passes
from kiosk.bootstrap.asked import near_communes, own_questions
from kiosk.bootstrap.certificate_days import CertificateDays
from kiosk.bootstrap.paced import Paced
from kiosk.bootstrap.slips import LastSlip, slips
from kiosk.bootstrap.staff import StaffSide, open_staff_pages, staff_side
from kiosk.bootstrap.voice import voice
from kiosk.bootstrap.wires import wired
from kiosk.config import Config, PreviewMode
from kiosk.credentials import classify
from kiosk.credentials.not_personal import PLACE_HOSTS
from kiosk.credentials.trust import TrustList
from kiosk.documents import Documents, open_documents
from kiosk.domain.identity import Identity, NotPersonal
from kiosk.domain.policy import Policy
from kiosk.entrance_parts import Parts
from kiosk.errors import ConfigError, StoreError
from kiosk.loop import Entrance
from kiosk.passers import PassersThisHour
from kiosk.preview import PictureHolder
from kiosk.questions import shipped
from kiosk.release import release
from kiosk.reports import ReportListener
from kiosk.sealing_desk import SealingDesk
from kiosk.slip_desk import SlipDesk
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.store.tags import Tags
from kiosk.store.visits import Day
from kiosk.threshold import Threshold
from kiosk.web.feed import Feed
from kiosk.wire.documents import DocumentKind
from kiosk.wire.errors import WireError
from kiosk.wire.ids import uuid7

if TYPE_CHECKING:
    from kiosk.web.form import Drafts
    from kiosk.web.settings import PageSettings

log = logging.getLogger(__name__)


def run_entrance(config: Config, stop: threading.Event) -> None:
    """`kiosk run`: the loop in this thread, pages and reports in their own."""
    watchdog = Watchdog.from_environment()
    _make_folders(config)
    with ExitStack() as stack:
        documents = open_documents(config)
        config = _settled(config, documents)
        drafts = _drafts(config)
        desk, last_slip = slips(config, stack)
        parts = _entrance_parts(config, stack, desk, documents)
        staff = staff_side(config, parts.outbox, parts.boot)
        parts = replace(parts, form_in_use=lambda: len(drafts) > 0, staff=staff.desk)
        entrance = Entrance(parts, alive=Paced(watchdog))
        listener = ReportListener(config.report_socket, entrance.deliver)
        listener.open()
        stack.callback(listener.close)
        _open_pages(config, parts, entrance, desk, last_slip, drafts, documents, staff, stack)
        stack.callback(parts.feed.close)  # first of all: a stream ends only when its feed does
        watchdog.ready()
        entrance.run(stop)
        watchdog.stopping()


def _entrance_parts(
    config: Config, stack: ExitStack, desk: SlipDesk | None, documents: Documents
) -> Parts:
    zone = ZoneInfo(config.kiosk.time_zone)
    boot_id = read_boot_id()
    notes: list[str] = []
    policy = _policy(config, documents)
    trust = _trust(config, documents)
    spoken = voice(config.voice, stack)
    runs = release()
    certificate_days = CertificateDays(config.uplink.certificate_file, time.monotonic)
    outbox = Outbox(
        config.database,
        config.kiosk.id,
        owner=True,
        require_durable=config.kiosk.require_durable_state,
    )
    stack.callback(outbox.close)
    lights, sensors = wired(config.lights, stack, notes)
    passers = PassersThisHour(lambda: sensors.beam.count, lambda: datetime.now(zone))
    threshold = Threshold(lambda: sensors.beam, config.lights.passed_within_s)
    began_empty = _open_outbox(outbox, zone, notes)
    if outbox.set_aside:
        notes.append("database_set_aside")
    if outbox.salvaged:
        notes.append(
            "events_salvaged" if any(one.rows for one in outbox.salvaged) else "events_lost"
        )
    return Parts(
        door=config.kiosk.door,
        policy=policy,
        outbox=outbox,
        declared=stack.enter_context(DeclaredPeople(config.people)),
        tags=stack.enter_context(Tags(config.people)),
        sealing=SealingDesk(lambda: documents.keys, lambda: datetime.now(UTC)),
        attendance=Attendance(zone, datetime.now(UTC), began_empty=began_empty),
        lights=lights,
        feed=Feed(),
        classify=_classifier(config, trust),
        new_id=_new_id,
        stamp=partial(read_stamp, boot_id),
        local_time=lambda at: f"{at.astimezone(zone):%H:%M}",
        today=lambda at: at.astimezone(zone).date(),
        boot=os.urandom(8).hex(),
        passes=passes.pass_desk(config, trust, policy, notes),
        notes=tuple(notes),
        say=spoken.say if spoken is not None else _say_nothing,
        extras=lambda: {
            "voice": spoken.state if spoken is not None else "off",
            "printer": desk.state if desk is not None else "none",
            "certificate_days": certificate_days(),
            "release": runs,
            "box": sensors.box,
            "passers_this_hour": passers(),
            **({"barrier": threshold.state} if threshold.state else {}),
        },
        threshold=threshold,
        renewed=partial(_renewed, config, documents),
        documents=documents.ages_h,
    )


def _renewed(config: Config, documents: Documents, parts: Parts) -> Parts:
    """A document has come down: policy, trust and revocations count at once."""
    documents.read()
    policy, trust, notes = _policy(config, documents), _trust(config, documents), list(parts.notes)
    return replace(
        parts,
        policy=policy,
        classify=_classifier(config, trust),
        passes=passes.pass_desk(config, trust, policy, notes),
    )


def _settled(config: Config, documents: Documents) -> Config:
    """With the settings that have come down, unless this version of the program cannot use them."""
    try:
        settled = document_bodies.settled(documents.get(DocumentKind.SETTINGS), config)
        near_communes(settled)
    except (WireError, ConfigError) as error:
        log.error("the settings that came down are not used: %s", error)
        return config
    return settled


def _drafts(config: Config) -> "Drafts":
    from kiosk.web.form import Drafts

    settings = _page_settings(config)
    return Drafts(time.monotonic, idle_s=settings.idle_s, warning_s=settings.warning_s)


def _page_settings(config: Config) -> "PageSettings":
    from kiosk.web.settings import PageSettings

    return PageSettings(venue_name=config.kiosk.venue_name, time_zone=config.kiosk.time_zone)


def _say_nothing(name: str, language: str) -> None:
    pass


def _trust(config: Config, documents: Documents) -> TrustList | None:
    """The document's list, or else the folder's; what is revoked counts against either."""
    own = passes.own_delegation(config)
    revoked = document_bodies.revoked(documents.get(DocumentKind.REVOCATIONS))
    if (document := documents.get(DocumentKind.TRUST)) is not None:
        return document_bodies.trust(document, own, revoked)
    if config.trust.folder is None:
        return None
    return replace(
        trust_folder.read(config.trust.folder, own),
        revoked_kids=revoked.key_ids,
        revoked_pass_ids=revoked.pass_ids,
    )


def _classifier(
    config: Config, trust: TrustList | None
) -> Callable[[bytes], Identity | NotPersonal]:
    hosts = PLACE_HOSTS | set(config.trust.place_hosts)
    return lambda data: classify(data, trust=trust, now=datetime.now(UTC), place_hosts=hosts)


def _open_outbox(outbox: Outbox, zone: ZoneInfo, notes: list[str]) -> bool:
    """Whether nobody has been here today yet. What cannot be opened is a state of the loop, not the end of it."""
    try:
        outbox.open()
        return outbox.visits_today(datetime.now(zone)) == Day()
    except StoreError as error:
        log.error("the database cannot be opened: %s", error)
        notes.append("database_unusable")
        return False  # nobody knows who is inside


def _open_pages(
    config: Config,
    parts: Parts,
    entrance: Entrance,
    desk: SlipDesk | None,
    last_slip: LastSlip,
    drafts: "Drafts",
    documents: Documents,
    staff: StaffSide,
    stack: ExitStack,
) -> None:
    from kiosk.web.form import create_form
    from kiosk.web.screen import create_screen_app
    from kiosk.web.server import PageServer

    settings = _page_settings(config)
    asked = document_bodies.questions(documents.get(DocumentKind.QUESTIONS)) or own_questions(
        config
    )
    form = create_form(
        entrance,
        drafts,
        settings,
        near=near_communes(config),
        shown_now=parts.feed.shown_now,
        slips=desk,
        questions=asked,
    )
    menu = open_staff_pages(
        config, staff, entrance, asked or shipped(), near_communes(config), stack
    )
    screen = PageServer(
        create_screen_app(parts.feed, entrance, settings, form, _mirror(config, stack), menu),
        config.screen.port,
        name="screen",
        every_turn=drafts.sweep,
    )
    screen.open()
    stack.callback(screen.close)
    if config.screen.bench_port < 0:
        return
    from kiosk.rehearsal.desk import Desk
    from kiosk.web.bench import create_bench_app

    hands = Desk(config.stage_socket, parts.lights, _links(config))
    bench = PageServer(
        create_bench_app(parts.feed, hands, settings, last_slip),
        config.screen.bench_port,
        name="bench",
    )
    bench.open()
    stack.callback(bench.close)


def _mirror(config: Config, stack: ExitStack) -> Callable[[], bytes | None] | None:
    if config.screen.preview is PreviewMode.OFF:
        return None
    return stack.enter_context(PictureHolder(config.preview_socket)).latest


def _links(config: Config) -> dict[str, str]:
    screen = f"http://127.0.0.1:{config.screen.port}"
    links = {"Visitor's screen": f"{screen}/", "Staff page": f"{screen}/staff"}
    if config.screen.collector_url:
        links["Collector"] = config.screen.collector_url
    return links


def _policy(config: Config, documents: Documents) -> Policy:
    of_the_file = Policy(
        declaration_validity=timedelta(hours=config.policy.declaration_valid_h),
        repeat_window=timedelta(seconds=config.policy.repeat_window_s),
        amend_window=timedelta(seconds=config.policy.amend_window_s),
        paper_kept=timedelta(days=config.policy.paper_days),
    )
    return document_bodies.policy(documents.get(DocumentKind.POLICY), of_the_file)


def _make_folders(config: Config) -> None:
    for folder in (config.kiosk.state_dir, config.kiosk.run_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o770)


def _new_id() -> str:
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))
