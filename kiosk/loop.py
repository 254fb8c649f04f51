"""The entrance loop: takes what happened, asks `machine.step`, performs its effects.

One thread owns all state; other threads (reports, web) only put things on its queue. The order of a moment:
reading -> presence -> identity -> verdict -> visit on disk -> lamp and buzzer -> screen.
"""

import hashlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk import cues, declaring, paper_desk
from kiosk.asked import (
    Asked,
    CallStaff,
    Declare,
    Typed,
    declared_in_time,
    done_in_time,
)
from kiosk.domain import happenings, machine, presence, shared_code
from kiosk.domain.declaration import Consent, Declaration, Risk
from kiosk.domain.identity import Identity, NotPersonal
from kiosk.domain.policy import Policy
from kiosk.domain.shown import Cue, Fault, Screen
from kiosk.domain.staff_act import Act, ActKind, Done
from kiosk.domain.verdict import Verdict, decide, on_record
from kiosk.domain.visit import AlreadyRecorded, Visit, next_visit
from kiosk.entrance_parts import Parts
from kiosk.orders import Orders
from kiosk.privacy.parts import Answers, PartError
from kiosk.record import Record
from kiosk.reports import (
    CommandGiven,
    DocumentNews,
    EyeBeat,
    ReadingReport,
    Report,
    UplinkBeat,
)
from kiosk.sealing_desk import Sealer
from kiosk.telemetry import Telemetry
from kiosk.upkeep import Upkeep
from kiosk.watch import Beside, Watch
from kiosk.web.ports import Declared, TypedPaper
from kiosk.wire.documents import DocumentKind

log = logging.getLogger(__name__)

# how long the identity behind a `missing` result may be taken up by the form
PENDING_S = 120.0
IDLE_TURN_S = 0.5
RESTING = (Cue.OFF, Cue.FAULT, Cue.NEARLY_FULL, Cue.FULL)
# what these documents say is read when the process starts: it does so again once nobody is there
READ_AT_START = frozenset({DocumentKind.QUESTIONS, DocumentKind.SETTINGS})

_Item = Report | Declare | Typed | CallStaff | Asked | happenings.Tick | happenings.Touched


@dataclass(frozen=True)
class _Pending:
    seq: int
    identity: Identity
    until_s: float


class Entrance:
    """The door. `run` is the loop; everything else may be called from any thread."""

    def __init__(self, parts: Parts, alive: Callable[[], None] = lambda: None) -> None:
        self._parts = parts
        self._alive = alive
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._state = machine.State()
        self._view = presence.View()
        self._shown = parts.held_up
        self._pending: _Pending | None = None
        self._seal: Sealer | None = None  # of the person whose visit is being stored
        self._wake_s: float | None = None
        self._watch = Watch()
        self._upkeep = Upkeep(
            parts.outbox, parts.declared, parts.policy, time.monotonic(), parts.stamp
        )
        self._taken_at_ns: int | None = None
        self._lit_at_ns: int | None = None
        self._staff_called = 0
        self._beside = Beside(
            {
                "lights": lambda: bool(parts.lights.failed),
                "screen": lambda: parts.feed.page_state() == "silent",
            }
        )
        self._restart_due = False
        self._ending = False
        self._cue = Cue.OFF
        self._telemetry = Telemetry()
        self._record = Record(parts.outbox, parts.stamp)
        self._orders = Orders(
            self._record,
            self._set_fault,
            lambda for_s: self._step(happenings.Tried(for_s)),
            self._relight,
            self.status,
            lambda: self._state.screen in (Screen.IDLE, Screen.FAULT),
            self._acted,
        )
        self._status: dict[str, object] = {}

    # ---- from other threads

    def deliver(self, report: Report) -> None:
        self._queue.put(report)

    def declare(
        self,
        identity: Identity | None,
        risk: Risk,
        questions_version: int,
        consent: Consent | None = None,
        answers: Answers | None = None,
    ) -> Declared:
        """A declaration just made at this kiosk. Blocks until it is stored or refused (kiosk.asked)."""
        answer: Future[Declared] = Future()
        self._queue.put(Declare(identity, risk, questions_version, consent, answers, answer))
        return declared_in_time(answer)

    def paper(self, paper: TypedPaper) -> Declared:
        """A declaration on paper that is typed in. Blocks as `declare` does."""
        answer: Future[Declared] = Future()
        self._queue.put(Typed(paper, answer))
        return declared_in_time(answer)

    def pending(self, seq: int) -> Identity | None:
        """The identity behind the `missing` result with this number, while it may still be taken up."""
        pending = self._pending
        if pending is None or pending.seq != seq or time.monotonic() > pending.until_s:
            return None
        return pending.identity

    def dismiss(self) -> None:
        self._queue.put(happenings.Touched())

    def call_staff(self) -> None:
        self._queue.put(CallStaff())

    def act(self, act: Act) -> Done:
        """What somebody of the staff does, and what became of it. Blocks for two seconds at most."""
        answer: Future[Done] = Future()
        self._queue.put(Asked(act, answer))
        return done_in_time(answer)

    @property
    def policy(self) -> Policy:
        """What counts now, also after a document has come down."""
        return self._parts.policy

    def status(self) -> dict[str, object]:
        """The kiosk's state by name, for the staff page and for tests. Nothing of a visitor."""
        return self._status

    # ---- the loop

    def run(self, stop: threading.Event) -> None:
        """Until `stop`. In the thread that opened the stores."""
        self._show(happenings.Show(self._state.seq, self._state.screen))
        self._step(happenings.Filled(self._parts.staff.level()))
        self._set_fault(Fault.STORAGE, not self._upkeep.storage_works())
        while not (stop.is_set() or self._ending or self._orders.ends):
            try:
                item = self._queue.get(timeout=self._patience_s())
            except queue.Empty:
                item = happenings.Tick()
                self._wake_s = None  # whoever has still to be woken says so again
            self._take(item)
            self._check_faults(time.monotonic())
            is_quiet = self._queue.empty() and Fault.STORAGE not in self._state.faults
            self._parts.threshold.turn(time.monotonic(), self._record, self._parts.staff, is_quiet)
            self._upkeep.tell_blind(time.monotonic(), self._blind_by())
            if self._state.screen is Screen.IDLE:
                self._upkeep.keep_house(time.monotonic())
                self._upkeep.tell_reading(time.monotonic(), self._telemetry)
                self._ending = self._may_restart()
            self._parts.feed.turned()
            self._alive()
        self._parts.lights.signal(cues.signal_for(Cue.OFF))

    def _patience_s(self) -> float:
        if self._wake_s is None:
            return IDLE_TURN_S
        return min(IDLE_TURN_S, max(0.0, self._wake_s - time.monotonic()))

    def _take(self, item: _Item) -> None:
        match item:
            case ReadingReport():
                self._on_reading(item)
            case EyeBeat() | UplinkBeat():
                self._on_beat(item)
            case Declare():
                self._on_declare(item)
            case Typed():
                self._on_typed(item)
            case happenings.Tick() | happenings.Touched():
                self._step(item)
            case DocumentNews():
                self._on_document(item)
            case CommandGiven():
                self._orders.command(item)
            case Asked():
                self._on_staff(item)
            case CallStaff():
                self._staff_called += 1
                self._parts.staff.called()
                self._parts.say("staff_called", "")

    def _on_reading(self, reading: ReadingReport) -> None:
        if Fault.PAUSED in self._state.faults:
            return
        now_s = time.monotonic()
        digest = hashlib.sha256(reading.data).digest()
        if not presence.is_new(self._view, digest, now_s):
            self._view = presence.seen_again(self._view, digest, now_s)
            return
        self._telemetry.since_told.read(reading.read_ms)
        self._taken_at_ns = reading.taken_at_ns
        shown = self._parts.classify(reading.data)
        if self._answer(shown):
            self._view = presence.settle(self._view, digest, time.monotonic())
        if isinstance(shown, Identity):
            self._shown = shared_code.shown_again(self._shown, digest, now_s)
        self._taken_at_ns = None

    def _answer(self, shown: Identity | NotPersonal) -> bool:
        """Judge and show. False when nothing could be stored: the code has not been seen then."""
        now = datetime.now(UTC)
        declaration = self._on_record(shown, now) if isinstance(shown, Identity) else None
        verdict = decide(shown, declaration, self._parts.policy, now)
        if isinstance(shown, NotPersonal) or not verdict.is_visit:
            self._step(happenings.NoticeDue(verdict))
            self._record.notice(verdict)
            return True
        person = self._parts.declared.person_key(shown)
        answered = self._visit(person, shown, verdict, None, self._parts.sealing.sealer(shown))
        if self._state.screen is Screen.MISSING:
            self._pending = _Pending(self._state.seq, shown, time.monotonic() + PENDING_S)
        return answered

    def _on_record(self, shown: Identity, now: datetime) -> Declaration | None:
        """What was declared here, unless it has run out and a newer one was made elsewhere."""
        here = self._parts.declared.find(shown)
        elsewhere = self._parts.tags.knows(shown, self._parts.today(now))
        return on_record(here, self._parts.policy, now, elsewhere=elsewhere)

    def _visit(
        self,
        person: bytes,
        identity: Identity,
        verdict: Verdict,
        made: Declaration | None,
        seal: Sealer,
    ) -> bool:
        now = datetime.now(UTC)
        self._parts.attendance.turn_day(now)
        due = next_visit(
            self._parts.attendance.last(person),
            verdict,
            door=self._parts.door,
            policy=self._parts.policy,
            visit_id=self._parts.new_id(),
            code_kind=identity.kind,
            at=now,
            now_s=time.monotonic(),
            memory_complete=self._parts.attendance.complete,
        )
        if isinstance(due, AlreadyRecorded):
            if made is not None and not self._record.declaration(made, seal):
                return False
            self._step(happenings.Repeated(due))
            self._let_in(due.visit)
            return True
        self._seal = seal
        self._step(happenings.VisitDue(due, made))
        self._seal = None
        if Fault.STORAGE in self._state.faults:
            return False
        self._parts.attendance.remember(person, due, time.monotonic())
        self._parts.staff.visited(due, identity.name)
        self._let_in(due)
        return True

    def _let_in(self, visit: Visit) -> None:
        self._parts.threshold.shown(self._state.screen, visit, time.monotonic())

    def _on_typed(self, typed: Typed) -> None:
        if typed.answer.set_running_or_notify_cancel():
            typed.answer.set_result(paper_desk.take(typed.paper, self._parts, self._record))

    def _on_declare(self, request: Declare) -> None:
        if not request.answer.set_running_or_notify_cancel():
            return
        try:
            made = declaring.make(request, self._parts, datetime.now(UTC))
        except PartError as error:  # a venue's own questions, and somebody with much to say
            log.error("declaration not stored: %s", error)
            request.answer.set_result(Declared(outcome="", stored=False))
            return
        person, identity, declaration = made.person, made.identity, made.declaration
        stored = self._visit(person, identity, made.verdict, declaration, made.seal)
        if stored:
            self._parts.declared.remember(identity, declaration)
        self._pending = None
        must_wait = self._state.screen is Screen.REFER
        declared = made.told(stored=stored, must_wait=must_wait)
        request.answer.set_result(declared)
        if declared.pass_code and not declared.must_wait:
            self._parts.say("form_ended", request.consent.language if request.consent else "")

    # ---- effects

    def _step(self, event: happenings.Event) -> None:
        self._state, effects = machine.step(self._state, event, time.monotonic())
        for effect in effects:
            self._perform(effect)

    def _perform(self, effect: happenings.Effect) -> None:
        match effect:
            case happenings.Commit(visit, declaration):
                self._step(self._commit(visit, declaration))
            case happenings.Light(cue):
                self._cue = cue
                self._light()
                self._lit_at_ns = time.monotonic_ns()
            case happenings.Show():
                self._show(effect)
                is_guidance = effect.screen is Screen.READING
                self._parts.say(effect.reason if is_guidance else effect.screen, "")
            case happenings.Count(outcome, reason):
                self._telemetry.count(outcome, reason)
            case happenings.Wake(at_s):
                self._wake_s = at_s

    def _commit(self, visit: Visit, declaration: Declaration | None) -> happenings.Event:
        if self._record.visit(visit, declaration, self._seal):
            return happenings.Committed(visit)
        self._upkeep.storage_failed(time.monotonic())
        return happenings.CommitFailed(visit)

    def _show(self, show: happenings.Show) -> None:
        shown = {
            "seq": show.seq,
            "screen": show.screen,
            "reason": show.reason,
            "direction": show.direction,
            "at": self._parts.local_time(datetime.now(UTC)),
            "boot": self._parts.boot,
        }
        if self._taken_at_ns is not None and self._lit_at_ns is not None:
            took_ms = (self._lit_at_ns - self._taken_at_ns) / 1e6
            self._telemetry.lit(took_ms)
            shown |= {
                "scan_to_light_ms": round(took_ms, 2),
                "taken_at_ns": self._taken_at_ns,
                "lit_at_ns": self._lit_at_ns,
            }
        self._parts.feed.publish(shown)

    # ---- from above

    def _on_document(self, news: DocumentNews) -> None:
        log.info("document %s is at version %d", news.document, news.version)
        if news.document in READ_AT_START:
            self._restart_due = True
            return
        self._parts = self._parts.renewed(self._parts)
        self._upkeep.policy = self._parts.policy

    def _may_restart(self) -> bool:
        """Whether what is read at the start has changed, and nobody would notice a restart."""
        return self._restart_due and not self._parts.form_in_use()

    def _on_staff(self, asked: Asked) -> None:
        if asked.answer.set_running_or_notify_cancel():
            asked.answer.set_result(self._orders.act(asked.act))

    def _acted(self, act: Act) -> None:
        self._staff_called = 0 if act.kind is ActKind.CALL else self._staff_called
        self._parts.staff.acted(act)

    def _light(self) -> None:
        """Whoever stands there comes first; between visitors the kiosk may be asked to be found or to try its lamps."""
        asked = self._orders.signal(self._state.screen) if self._cue in RESTING else None
        self._parts.lights.signal(asked or cues.signal_for(self._cue))

    def _relight(self) -> None:
        """A result that is being shown is left alone: it would be heard twice."""
        if self._cue in RESTING:
            self._light()

    # ---- watching the others

    def _on_beat(self, beat: EyeBeat | UplinkBeat) -> None:
        self._watch.hear(beat)
        if isinstance(beat, EyeBeat) and (beat.motion or beat.guidance):
            self._step(happenings.Motion(beat.guidance))

    def _check_faults(self, now_s: float) -> None:
        for fault, stands in self._watch.faults(now_s).items():
            self._set_fault(fault, stands)
        self._orders.turn(now_s)
        self._step(happenings.Filled(self._parts.staff.level()))
        if Fault.STORAGE in self._state.faults and self._upkeep.works_again(now_s):
            self._set_fault(Fault.STORAGE, False)
        self._status = {
            "screen": self._state.screen,
            "faults": sorted([*self._state.faults, *self._beside.look()]),
            "lights_failed": list(self._parts.lights.failed),
            "notes": list(self._parts.notes),
            "door": self._parts.door,
            "staff_called": self._staff_called,
            "passes": self._passes_state(),
            "sealing": "on" if self._parts.sealing.is_open else "no_keys",
            "documents": self._parts.documents(datetime.now(UTC)),
            "storage": self._upkeep.room(),
            "clock": "certain" if self._parts.stamp().synchronised else "uncertain",
            "shared_codes": shared_code.shared(self._shown, now_s),
            **self._parts.extras(),
            "page": self._parts.feed.page_state(),
            **self._watch.describe(now_s),
            **self._telemetry.snapshot(),
        }
        self._upkeep.tell_box(str(self._status.get("box", "")))
        self._parts.staff.turned(self._status)

    def _blind_by(self) -> str:
        blind = {Fault.EYE, Fault.CAMERA} & self._state.faults
        return min(blind, default="")

    def _passes_state(self) -> str:
        desk = self._parts.passes
        if desk is None:
            return "none"
        return "issued" if desk.is_open(datetime.now(UTC)) else "delegation_over"

    def _set_fault(self, fault: Fault, stands: bool) -> None:
        if stands == (fault in self._state.faults):
            return
        log.warning("fault %s: %s", "began" if stands else "ended", fault)
        self._step(happenings.FaultBegan(fault) if stands else happenings.FaultEnded(fault))
