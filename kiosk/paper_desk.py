"""Stores a declaration that was made on paper and is typed in later: its time is the paper's, and its events say so.

The person was let in then, and counted by whoever let them in: nothing is shown at the door, nobody is counted twice.
"""

import logging
import time
from datetime import UTC, datetime

from kiosk.domain.declaration import Declaration, Source
from kiosk.domain.identity import CodeKind, Identity
from kiosk.domain.on_paper import fault_of
from kiosk.domain.staff_act import Act, ActKind
from kiosk.domain.verdict import decide
from kiosk.domain.visit import Direction, Door, Visit
from kiosk.entrance_parts import Parts
from kiosk.privacy.parts import PartError
from kiosk.record import Record
from kiosk.web.ports import Declared, TypedPaper

log = logging.getLogger(__name__)


def take(paper: TypedPaper, parts: Parts, record: Record) -> Declared:
    """In the loop's thread. Not stored when its time is not believed, it has too much to say, or the disk refuses."""
    now = datetime.now(UTC)
    declaration = Declaration(
        parts.new_id(),
        paper.at,
        Source.PAPER,
        paper.risk,
        paper.questions_version,
        consent=paper.consent,
    )
    verdict = decide(paper.identity, declaration, parts.policy, paper.at)
    visit = Visit(parts.new_id(), paper.at, _direction(parts.door), verdict, CodeKind.PAPER)
    refused = Declared(verdict.outcome, stored=False)
    if fault_of(paper.at, now, parts.policy.paper_kept) is not None:
        return refused
    try:
        seal = parts.sealing.sealer(paper.identity, paper.answers, paper.consent)
    except PartError as error:
        log.error("paper not stored: %s", error)
        return refused
    act = Act(ActKind.TYPED, paper.by, "paper", visit=visit.id)
    if not record.device_notice(act.notice, act.reason, **act.told):
        return refused
    if not record.paper(declaration, visit, seal):
        return refused
    _remember(paper.identity, declaration, visit, (now - paper.at).total_seconds(), parts)
    return Declared(verdict.outcome, stored=True)


def _direction(door: Door) -> Direction:
    return Direction.OUT if door is Door.OUT else Direction.IN


def _remember(
    identity: Identity, declaration: Declaration, visit: Visit, age_s: float, parts: Parts
) -> None:
    """Only where nothing newer is known: a paper of this morning undoes no declaration made since."""
    here = parts.declared.find(identity)
    if here is None or here.made_at < declaration.made_at:
        parts.declared.remember(identity, declaration)
    if parts.today(visit.at) != parts.today(datetime.now(UTC)):
        return
    person, seen_s = parts.declared.person_key(identity), time.monotonic() - age_s
    last = parts.attendance.last(person)
    if last is None or last.seen_s < seen_s:
        parts.attendance.remember(person, visit, seen_s)
