"""What the entrance loop is joined from. bootstrap fills it, a document from above may renew some of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from hardware.lights import Lights
from kiosk.attendance import Attendance
from kiosk.domain.identity import Identity, NotPersonal
from kiosk.domain.policy import Policy
from kiosk.domain.shared_code import Shown
from kiosk.domain.visit import Door
from kiosk.pass_desk import PassDesk
from kiosk.sealing_desk import SealingDesk
from kiosk.staff.ear import NobodyWatches, StaffEar
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.store.tags import Tags
from kiosk.threshold import Threshold
from kiosk.web.feed import Feed


@dataclass(frozen=True)
class Parts:
    """Every one is the real part in tests as well."""

    door: Door
    policy: Policy
    outbox: Outbox
    declared: DeclaredPeople
    tags: Tags  # of people who declared elsewhere
    sealing: SealingDesk
    attendance: Attendance
    lights: Lights
    feed: Feed
    classify: Callable[[bytes], Identity | NotPersonal]
    new_id: Callable[[], str]
    stamp: Callable[[], Stamp]
    local_time: Callable[[datetime], str]  # HH:MM for the screen
    today: Callable[[datetime], date]  # the day here
    boot: str
    notes: tuple[str, ...] = ()  # named states found at the start, for staff
    passes: PassDesk | None = None  # None: this kiosk issues none
    # says a prompt aloud: its name, and a language where one was chosen; returns at once
    say: Callable[[str, str], None] = lambda name, language: None
    # states by name of what a kiosk may do without: voice, printer; how long its certificate still counts
    extras: Callable[[], Mapping[str, object]] = dict
    # the parts again, with what a new document has changed
    renewed: Callable[["Parts"], "Parts"] = lambda parts: parts
    # version and age of the documents that have come down
    documents: Callable[[datetime], Mapping[str, object]] = lambda now: {}
    # what staff see of the door
    staff: StaffEar = field(default_factory=NobodyWatches)
    # whether those who were let in went through; without a light barrier it says nothing
    threshold: Threshold = field(default_factory=Threshold)
    # the codes that were held up before this loop began
    held_up: Shown = field(default_factory=Shown)
    # whether somebody is at the form
    form_in_use: Callable[[], bool] = lambda: False
