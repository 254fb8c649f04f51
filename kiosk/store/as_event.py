"""Domain values as the events of the wire."""

from datetime import datetime

from kiosk.domain.declaration import Declaration
from kiosk.domain.verdict import Verdict
from kiosk.domain.visit import Visit
from kiosk.store.stamp import Stamp
from kiosk.wire import data
from kiosk.wire.events import Event, TimeQuality, event_type


def visit_data(visit: Visit) -> data.VisitData:
    return data.VisitData(
        verdict=visit.verdict.outcome,
        reason=visit.verdict.reason,
        direction=visit.direction,
        code=visit.code_kind,
        follows=visit.follows,
        extra={"venue": visit.venue} if visit.venue else {},
    )


def declaration_data(declaration: Declaration) -> data.DeclarationData:
    return data.DeclarationData(
        declaration=declaration.id,
        made_at=declaration.made_at,
        source=declaration.source,
        risk=declaration.risk,
        questions=declaration.questions_version,
        pass_id=declaration.pass_id,
    )


def notice_data(verdict: Verdict) -> data.NoticeData:
    return data.NoticeData(notice=verdict.outcome, reason=verdict.reason)


def event(
    event_id: str,
    kiosk: str,
    stream: str,
    seq: int,
    what: data.Data,
    stamp: Stamp,
    prev_hash: str,
    on_paper_at: datetime | None = None,
) -> Event:
    """`on_paper_at` is the time on a paper that was typed in at the moment of `stamp`."""
    known = TimeQuality.NTP if stamp.synchronised else TimeQuality.UNKNOWN
    return Event(
        id=event_id,
        kiosk=kiosk,
        type=event_type(what),
        at=on_paper_at or stamp.at,
        time_quality=TimeQuality.PAPER if on_paper_at else known,
        stream=stream,
        seq=seq,
        boot_id=stamp.boot_id,
        boottime_ns=stamp.boottime_ns,
        data=what,
        prev_hash=prev_hash,
    )
