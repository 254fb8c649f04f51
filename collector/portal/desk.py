"""Takes declarations and visits, and answers when they are on the disk. One thread that owns the outbox.

The pages call from their threads and wait; what the uplink has to tell comes the same way.
"""

import contextlib
import hashlib
import hmac
import logging
import os
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from collector.portal.standing import Standing
from kiosk.credentials import health_pass
from kiosk.domain.declaration import Consent, Declaration, Risk, Source
from kiosk.domain.identity import Identifier, Identity, NotPersonal, ProofFailure, Scheme
from kiosk.domain.verdict import Outcome, Verdict, decide
from kiosk.domain.visit import Direction, Visit
from kiosk.errors import ConfigError, StoreError
from kiosk.privacy.parts import Answers, PartError
from kiosk.reports import CommandGiven, DocumentNews, Report
from kiosk.sealing_desk import SealingDesk
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import read_boot_id, read_stamp
from kiosk.wire.commands import CommandName
from kiosk.wire.errors import WireError
from kiosk.wire.ids import uuid7

log = logging.getLogger(__name__)

T = TypeVar("T")

ANSWER_S = 5.0  # a page waits no longer
MOST_WAITING = 256  # more than the threads of the pages, which wait for each
TURN_S = 1.0
HOUSE_S = 60.0
MOST_VISITS = 50_000


class DeskBusyError(Exception):
    """Nothing can be taken now, and nothing of this was: paused, no sealing keys, a full disk, too many at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """A declaration as it was made. `answers` by question id."""

    identity: Identity = field(repr=False)
    risk: Risk
    questions: int
    consent: Consent
    answers: Answers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Declared:
    """`outcome` is accepted or refer; the Pass is empty when none was issued."""

    outcome: str
    pass_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of checking in or out. `outcome` as of a verdict, with its reason; `repeated`: it had been recorded."""

    outcome: str
    reason: str
    repeated: bool = False


@dataclass(frozen=True)
class _Asked(Generic[T]):
    work: Callable[[], T]
    answer: "Future[T]" = field(default_factory=Future)


class Desk:
    """`declare`, `visit` and `deliver` may be called from any thread; everything is done in `run`."""

    def __init__(
        self, outbox: Outbox, sealing: SealingDesk, renewed: Callable[[], Standing]
    ) -> None:
        """`renewed` reads what has come down anew."""
        self._outbox = outbox
        self._sealing = sealing
        self._renewed = renewed
        self._standing = renewed()
        self._queue: queue.Queue[_Asked[Any] | Report | None] = queue.Queue(MOST_WAITING)
        self._visits: OrderedDict[bytes, float] = OrderedDict()
        self._visits_key = os.urandom(32)
        self._boot_id = read_boot_id()
        self._paused = False
        self._house_at_s = 0.0
        self._ending = threading.Event()

    @property
    def standing(self) -> Standing:
        return self._standing

    @property
    def is_open(self) -> bool:
        return not self._paused and self._sealing.is_open

    def declare(self, told: Told) -> Declared:
        """Returns when it is stored. Raise DeskBusyError when it is not."""
        return self._ask(lambda: self._declare(told))

    def visit(self, pass_code: str, venue: str, direction: Direction) -> Seen:
        """Returns when it is stored, or when there is nothing to store. Raise DeskBusyError."""
        return self._ask(lambda: self._visit(pass_code, venue, direction))

    def deliver(self, report: Report) -> bool:
        """What the uplink tells. False when it must tell it again."""
        try:
            self._queue.put_nowait(report)
        except queue.Full:
            return False
        return True

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Until `end`, or until the authority asks for a restart. Opens and closes the outbox in this thread."""
        try:
            self._outbox.open()
            ready()
            while not self._ending.is_set():
                self.turn()
        finally:
            self._outbox.close()

    def end(self) -> None:
        """May be called from any thread, and twice."""
        self._ending.set()
        with contextlib.suppress(queue.Full):  # then it is awake
            self._queue.put_nowait(None)

    # ---- in the desk's own thread

    def turn(self) -> None:
        """What waits, or a second of nothing."""
        try:
            item = self._queue.get(timeout=TURN_S)
        except queue.Empty:
            self._keep_house()
            return
        match item:
            case _Asked():
                self._answer(item)
            case DocumentNews():
                log.info("document %s is at version %d", item.document, item.version)
                self._renew()
            case CommandGiven():
                self._obey(item)

    def _answer(self, asked: _Asked[Any]) -> None:
        if not asked.answer.set_running_or_notify_cancel():
            return  # nobody waits any more, and was told so
        try:
            asked.answer.set_result(asked.work())
        except (StoreError, PartError) as error:
            log.error("not stored: %s", error)
            asked.answer.set_exception(DeskBusyError())
        finally:
            if not asked.answer.done():  # this thread is about to end: whoever waits is told
                asked.answer.set_exception(DeskBusyError())

    def _declare(self, told: Told) -> Declared:
        now = datetime.now(UTC)
        standing = self._standing
        declaration = Declaration(
            id=_new_id(),
            made_at=now,
            source=Source.PORTAL,
            risk=told.risk,
            questions_version=told.questions,
            consent=told.consent,
        )
        verdict = decide(told.identity, declaration, standing.policy, now)
        issued = (
            standing.passes.issue(told.identity.name, verdict, now) if standing.passes else None
        )
        identity = told.identity
        if issued is not None:
            declaration = replace(declaration, pass_id=issued.pass_id)
            # whoever shows the pass is whoever declared, not one more person
            of_pass = Identifier(Scheme.PASS, issued.pass_id)
            identity = replace(identity, identifiers=(*identity.identifiers, of_pass))
        seal = self._sealing.sealer(identity, told.answers, told.consent)
        self._outbox.append_declaration(declaration, read_stamp(self._boot_id), seal)
        return Declared(verdict.outcome, issued.code if issued is not None else "")

    def _visit(self, pass_code: str, venue: str, direction: Direction) -> Seen:
        now, now_s = datetime.now(UTC), time.monotonic()
        standing = self._standing
        shown = health_pass.read(pass_code, standing.trust, now)
        verdict = _leaving(decide(shown, None, standing.policy, now), direction)
        if isinstance(shown, NotPersonal) or verdict.outcome is not Outcome.ACCEPTED:
            return Seen(verdict.outcome, verdict.reason)
        key = self._visit_key(shown, venue, direction)
        last_s = self._visits.get(key)
        if last_s is not None and now_s - last_s < standing.policy.repeat_window.total_seconds():
            return Seen(verdict.outcome, verdict.reason, repeated=True)
        visit = Visit(_new_id(), now, direction, verdict, shown.kind, venue=venue)
        self._outbox.append_visit(visit, read_stamp(self._boot_id), self._sealing.sealer(shown))
        self._visits[key] = now_s
        self._visits.move_to_end(key)
        if len(self._visits) > MOST_VISITS:
            self._visits.popitem(last=False)
        return Seen(verdict.outcome, verdict.reason)

    def _visit_key(self, shown: Identity, venue: str, direction: Direction) -> bytes:
        text = "\0".join((shown.identifiers[0].value, venue, direction))
        return hmac.digest(self._visits_key, text.encode(), hashlib.sha256)

    def _renew(self) -> None:
        """What cannot be used leaves what was."""
        try:
            self._standing = self._renewed()
        except (ConfigError, WireError) as error:
            log.error("what counts stays as it was: %s", error)

    def _obey(self, given: CommandGiven) -> None:
        """A portal has no lamp and no display: it can be stopped, and let go on."""
        known = (CommandName.PAUSE, CommandName.RESUME, CommandName.RESTART)
        refusal = given.refusal or ("" if given.name in known else "unknown")
        notice = "command_refused" if refusal else "command_done"
        try:
            self._outbox.append_device_notice(
                notice, refusal or given.name, read_stamp(self._boot_id), command=given.id
            )
        except StoreError as error:
            log.error("answer to a command not stored: %s", error)
        if refusal:
            return
        if given.name == CommandName.RESTART:
            self._ending.set()
        else:
            self._paused = given.name == CommandName.PAUSE

    def _keep_house(self) -> None:
        now_s = time.monotonic()
        if now_s < self._house_at_s:
            return
        self._house_at_s = now_s + HOUSE_S
        self._renew()  # a key is lent anew every three days
        window = self._standing.policy.repeat_window
        while self._visits and now_s - next(iter(self._visits.values())) > window.total_seconds():
            self._visits.popitem(last=False)
        try:
            self._outbox.purge(datetime.now(UTC), window)
        except StoreError as error:
            log.error("the outbox: %s", error)

    def _ask(self, work: Callable[[], T]) -> T:
        if not self.is_open:
            raise DeskBusyError
        asked = _Asked(work)
        try:
            self._queue.put_nowait(asked)
        except queue.Full:
            raise DeskBusyError from None
        try:
            return asked.answer.result(timeout=ANSWER_S)
        except TimeoutError:
            if asked.answer.cancel():
                raise DeskBusyError from None
            # it is being stored at this moment: what comes of it must be told
            return asked.answer.result()


def _leaving(verdict: Verdict, direction: Direction) -> Verdict:
    """Nobody is asked for a valid declaration on the way out."""
    if direction is Direction.OUT and verdict.reason == ProofFailure.EXPIRED:
        return Verdict(Outcome.ACCEPTED, "exit")
    return verdict


def _new_id() -> str:
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))
