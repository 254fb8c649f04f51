"""Tracing, for officers: a case in, its contacts out. Nothing here opens a contact or says who anybody is.

Identifiers come in the body of a form and go no further than the inbox; addresses hold a random token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from collector.access.roles import Right
from collector.both import Both
from collector.cases.port import Case
from collector.cases.rules import fault_of_text
from collector.errors import CollectorError
from collector.office.guard import needs, who
from collector.office.timeline import timeline
from collector.tracing import exports, words
from collector.tracing.desk import TraceDesk
from collector.tracing.drafts import Draft, Drafts
from collector.tracing.identifiers import Typed, typed
from collector.tracing.stays import Stay
from collector.tracing.trace import PERIODS_DAYS, Question, Traced
from kiosk.domain.passage import Passed

PAGE = 50
MAX_LEAST_MIN, MAX_CAP, LEAST_REASON = 240, 1_000_000, 10
_CSV = "text/csv; charset=utf-8"

_NO_DAY = Both(
    "ghi ngày như 28/11/2026, không sau hôm nay", "write a day like 28/11/2026, not after today"
)
_NOBODY = Both("ghi ít nhất một số hoặc mã QR", "write at least one number or QR code")
_NO_REASON = Both(
    f"ghi lý do, ít nhất {LEAST_REASON} chữ, không ghi tên người",
    f"say why, in {LEAST_REASON} letters at least, without names",
)


_NOTHING_MORE: dict[str, Any] = {
    **{"second": None, "least_min": 15, "cap": 500, "fault": None},
    **{"typed": {}, "faults": {}, "people_faults": []},
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed."""

    text: str
    days: str
    until: str


@dataclass(frozen=True, slots=True)
class _At:
    """What an address stands for."""

    token: str
    question: Question
    case: Case | None = None


def trace_pages(desk: TraceDesk) -> flask.Blueprint:
    pages = flask.Blueprint("trace", __name__)
    drafts = Drafts()

    @pages.errorhandler(CollectorError)
    def cannot(error: CollectorError) -> ResponseReturnValue:
        return flask.render_template("message.html", kind="cannot", reason=str(error)), 503

    @pages.get("/trace")
    @needs(Right.TRACE)
    def ask() -> str:
        return _form(desk, _Asked("", str(PERIODS_DAYS[0]), f"{desk.today():%d/%m/%Y}"), {})

    @pages.post("/trace")
    @needs(Right.TRACE)
    def search() -> ResponseReturnValue:
        form = flask.request.form
        asked = _Asked(form.get("people", ""), form.get("days", ""), form.get("until", ""))
        found = typed(asked.text)
        last_day = _day(asked.until, desk.today())
        faults: dict[str, list[Both]] = {}
        if said := _lines(found):
            faults["people"] = said
        if last_day is None:
            faults["until"] = [_NO_DAY]
        if faults or last_day is None or asked.days not in map(str, PERIODS_DAYS):
            return _form(desk, asked, faults), 400
        question = desk.question(who().account.name, found.people, int(asked.days), last_day)
        if question is None or not desk.trace(question).is_known:
            return _unknown(found, int(asked.days), last_day)
        token = drafts.put(Draft(who().account.name, question, desk.now()))
        return flask.redirect(flask.url_for("trace.answer", token=token), 303)

    _kept_cases(pages, desk, drafts)

    @pages.get("/trace/<token>")
    @needs(Right.TRACE)
    def answer(token: str) -> ResponseReturnValue:
        return _answer(desk, _at(drafts, desk, token))

    @pages.post("/trace/<token>/second")
    @needs(Right.TRACE)
    def second_size(token: str) -> ResponseReturnValue:
        at = _at(drafts, desk, token)
        least_min, cap = _terms()
        found = desk.second(who().account.name, desk.trace(at.question), least_min, cap)
        return _answer(desk, at, second=found, least_min=least_min, cap=cap)

    @pages.get("/trace/<token>/f1.csv")
    @needs(Right.TRACE)
    def first_csv(token: str) -> flask.Response:
        traced = desk.trace(_at(drafts, desk, token).question)
        desk.note(who().account.name, "first_exported", {"size": str(len(traced.first))})
        return _file(
            exports.first_lines(traced.first, _names(desk, traced), desk.went_in), "f1.csv"
        )

    @pages.post("/trace/<token>/f2.csv")
    @needs(Right.TRACE)
    def second_csv(token: str) -> ResponseReturnValue:
        at = _at(drafts, desk, token)
        least_min, cap = _terms()
        found = desk.second(who().account.name, desk.trace(at.question), least_min, cap)
        reason = " ".join(flask.request.form.get("reason", "").split())
        if len(reason) < LEAST_REASON:
            terms: dict[str, Any] = {"second": found, "least_min": least_min, "cap": cap}
            return _answer(desk, at, fault=_NO_REASON, **terms), 400
        seconds = desk.second_list(who().account.name, found, reason[:200])
        return _file(exports.second_lines(found, seconds), "f2.csv")

    return pages


def _kept_cases(pages: flask.Blueprint, desk: TraceDesk, drafts: Drafts) -> None:
    """What becomes of an answer that is kept. Its address is that of the case."""

    def case_of(token: str) -> Case:
        found: Case = _at(drafts, desk, token).case or flask.abort(404)
        return found

    def back(token: str) -> ResponseReturnValue:
        return flask.redirect(flask.url_for("trace.answer", token=token), 303)

    @pages.post("/trace/<token>/keep")
    @needs(Right.TRACE)
    def keep(token: str) -> ResponseReturnValue:
        at = _at(drafts, desk, token)
        form = flask.request.form
        title, reason = (" ".join(form.get(name, "").split()) for name in ("title", "why"))
        as_of = _whole(form.get("as_of", ""), 0, 2**53)
        if at.case is not None or as_of is None:
            flask.abort(400)
        faults = {"title": fault_of_text(title), "why": fault_of_text(reason)}
        if any(faults.values()):
            return _answer(desk, at, typed={"title": title, "why": reason}, faults=faults), 400
        return back(desk.keep(who().account.name, at.question, title, reason, as_of).id)

    @pages.post("/trace/<token>/seen")
    @needs(Right.TRACE)
    def seen(token: str) -> ResponseReturnValue:
        as_of = _whole(flask.request.form.get("as_of", ""), 0, 2**53)
        if as_of is not None:
            desk.cases.see(case_of(token).id, as_of)
        return back(token)

    @pages.post("/trace/<token>/people")
    @needs(Right.TRACE)
    def amend(token: str) -> ResponseReturnValue:
        case = case_of(token)
        text = flask.request.form.get("people", "")
        found = typed(text)
        said = _lines(found)
        if not said and not desk.amend(who().account.name, case.id, found.people):
            said = [Both("chưa thấy ai trong số này ở đâu", "none of them was ever seen")]
        if said:
            at = _at(drafts, desk, token)
            return _answer(desk, at, typed={"people": text}, people_faults=said), 400
        return back(token)

    @pages.post("/trace/<token>/close")
    @needs(Right.TRACE)
    def close(token: str) -> ResponseReturnValue:
        desk.close(who().account.name, case_of(token).id)
        return flask.redirect(flask.url_for("trace.ask"), 303)


def _form(desk: TraceDesk, asked: _Asked, faults: dict[str, list[Both]]) -> str:
    return flask.render_template(
        "trace.html", asked=asked, faults=faults, periods=PERIODS_DAYS, cases=desk.cases.cases()
    )


def _lines(found: Typed) -> list[Both]:
    """What is wrong with what was typed, by line."""
    said = [Both(f"dòng {at}: {it.vi}", f"line {at}: {it.en}") for at, it in found.faults]
    return said or ([] if found.people else [_NOBODY])


def _unknown(found: Typed, days: int, last_day: date) -> str:
    return flask.render_template(
        "trace_unknown.html",
        looked_for=found.looked_for,
        first_day=last_day - timedelta(days=days - 1),
        last_day=last_day,
    )


def _answer(desk: TraceDesk, at: _At, **more: Any) -> str:
    traced = desk.trace(at.question)
    names = _names(desk, traced)
    page = _whole(flask.request.args.get("page", "1"), 1, 10**6) or 1
    seen = desk.cases.seen(at.case.id) if at.case is not None else None
    contacts = traced.first[(page - 1) * PAGE : page * PAGE]
    shown = [(each.person, each.meetings[0].other) for each in contacts]
    went_in = desk.went_in([*((0, stay) for stay in traced.own), *shown])
    return flask.render_template(
        "traced.html",
        token=at.token,
        traced=traced,
        case=at.case,
        names=names,
        timeline=timeline(traced, names),
        contacts=contacts,
        went_back=lambda person, stay: went_in.get((person, stay)) is Passed.NO,
        not_seen=words.WENT_IN[Passed.NO],
        page=page,
        size=PAGE,
        coverage=desk.coverage(traced),
        venue_names=desk.venue_names(),
        changes=None if seen is None else desk.changes(traced, seen),
        as_of=desk.now(),
        end_of=words.end_of,
        clock_of=words.clock_of,
        local_s=exports.local_s,
        minutes=lambda seconds: seconds // 60,
        assumed=_assumed(traced.own),
        **{**_NOTHING_MORE, **more},
    )


def _assumed(own: Sequence[Stay]) -> int:
    """How many of these stays have an end that nobody scanned."""
    return sum(not stay.is_sure for stay in own)


def _names(desk: TraceDesk, traced: Traced) -> dict[int, str]:
    """Of venues by number: as they are called, and where nobody registered them, as their kiosk is."""
    called = desk.venue_names()
    return {number: called.get(venue, venue) for number, venue in traced.venues.items()}


def _at(drafts: Drafts, desk: TraceDesk, token: str) -> _At:
    """A case by its id, or what was asked lately; 404 when that is over, or somebody else's."""
    if case := desk.cases.case(token):
        return _At(token, desk.question_of(case), case)
    draft: Draft = drafts.get(token, who().account.name, desk.now()) or flask.abort(404)
    return _At(token, draft.question)


def _terms() -> tuple[int, int]:
    form = flask.request.form
    least_min = _whole(form.get("least_min", ""), 0, MAX_LEAST_MIN)
    cap = _whole(form.get("cap", ""), 0, MAX_CAP)
    if least_min is None or cap is None:
        flask.abort(400)
    return least_min, cap


def _whole(text: str, low: int, high: int) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 17
    return int(text) if is_number and low <= int(text) <= high else None


def _day(text: str, today: date) -> date | None:
    try:
        day = datetime.strptime(text.strip(), "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None
    return day if day <= today else None


def _file(lines: Any, name: str) -> flask.Response:
    response = flask.Response("".join(lines).encode(), content_type=_CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
