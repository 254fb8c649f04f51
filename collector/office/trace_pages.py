"""Tracing, for officers: a case in, its contacts out. Nothing here opens a contact or says who anybody is.

Identifiers come in the body of a form and go no further than the inbox; addresses hold a random token.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from collector.access.roles import Right
from collector.both import Both
from collector.errors import CollectorError
from collector.office.guard import needs, who
from collector.office.timeline import timeline
from collector.tracing import exports, words
from collector.tracing.desk import TraceDesk
from collector.tracing.drafts import Draft, Drafts
from collector.tracing.identifiers import Typed, typed
from collector.tracing.stays import Stay
from collector.tracing.trace import PERIODS_DAYS, Traced

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed."""

    text: str
    days: str
    until: str


def trace_pages(desk: TraceDesk) -> flask.Blueprint:
    pages = flask.Blueprint("trace", __name__)
    drafts = Drafts()

    @pages.errorhandler(CollectorError)
    def cannot(error: CollectorError) -> ResponseReturnValue:
        return flask.render_template("message.html", kind="cannot", reason=str(error)), 503

    @pages.get("/trace")
    @needs(Right.TRACE)
    def ask() -> str:
        return _form(_Asked("", str(PERIODS_DAYS[0]), f"{desk.today():%d/%m/%Y}"), {})

    @pages.post("/trace")
    @needs(Right.TRACE)
    def search() -> ResponseReturnValue:
        form = flask.request.form
        asked = _Asked(form.get("people", ""), form.get("days", ""), form.get("until", ""))
        found = typed(asked.text)
        last_day = _day(asked.until, desk.today())
        faults: dict[str, list[Both]] = {}
        if found.faults or not found.people:
            lines = [
                Both(f"dòng {at}: {said.vi}", f"line {at}: {said.en}") for at, said in found.faults
            ]
            faults["people"] = lines or [_NOBODY]
        if last_day is None:
            faults["until"] = [_NO_DAY]
        if faults or last_day is None or asked.days not in map(str, PERIODS_DAYS):
            return _form(asked, faults), 400
        question = desk.question(who().account.name, found.people, int(asked.days), last_day)
        if question is None or not desk.trace(question).is_known:
            return _unknown(found, int(asked.days), last_day)
        token = drafts.put(Draft(who().account.name, question, desk.now()))
        return flask.redirect(flask.url_for("trace.answer", token=token), 303)

    @pages.get("/trace/<token>")
    @needs(Right.TRACE)
    def answer(token: str) -> ResponseReturnValue:
        return _answer(desk, _draft(drafts, desk, token), token)

    @pages.post("/trace/<token>/second")
    @needs(Right.TRACE)
    def second_size(token: str) -> ResponseReturnValue:
        draft = _draft(drafts, desk, token)
        least_min, cap = _terms()
        traced = desk.trace(draft.question)
        found = desk.second(who().account.name, traced, least_min, cap)
        return _answer(desk, draft, token, second=found, least_min=least_min, cap=cap)

    @pages.get("/trace/<token>/f1.csv")
    @needs(Right.TRACE)
    def first_csv(token: str) -> flask.Response:
        traced = desk.trace(_draft(drafts, desk, token).question)
        desk.note(who().account.name, "first_exported", {"size": str(len(traced.first))})
        return _file(exports.first_lines(traced.first, _names(desk, traced)), "f1.csv")

    @pages.post("/trace/<token>/f2.csv")
    @needs(Right.TRACE)
    def second_csv(token: str) -> ResponseReturnValue:
        draft = _draft(drafts, desk, token)
        least_min, cap = _terms()
        traced = desk.trace(draft.question)
        found = desk.second(who().account.name, traced, least_min, cap)
        reason = " ".join(flask.request.form.get("reason", "").split())
        if len(reason) < LEAST_REASON:
            terms: dict[str, Any] = {"second": found, "least_min": least_min, "cap": cap}
            return _answer(desk, draft, token, fault=_NO_REASON, **terms), 400
        seconds = desk.second_list(who().account.name, found, reason[:200])
        return _file(exports.second_lines(found, seconds), "f2.csv")

    return pages


def _form(asked: _Asked, faults: dict[str, list[Both]]) -> str:
    return flask.render_template("trace.html", asked=asked, faults=faults, periods=PERIODS_DAYS)


def _unknown(found: Typed, days: int, last_day: date) -> str:
    return flask.render_template(
        "trace_unknown.html",
        looked_for=found.looked_for,
        first_day=last_day - timedelta(days=days - 1),
        last_day=last_day,
    )


def _answer(desk: TraceDesk, draft: Draft, token: str, **more: Any) -> str:
    traced = desk.trace(draft.question)
    names = _names(desk, traced)
    at = _whole(flask.request.args.get("page", "1"), 1, 10**6) or 1
    return flask.render_template(
        "traced.html",
        token=token,
        traced=traced,
        draft=draft,
        names=names,
        timeline=timeline(traced, names),
        contacts=traced.first[(at - 1) * PAGE : at * PAGE],
        page=at,
        size=PAGE,
        coverage=desk.coverage(traced),
        venue_names=desk.venue_names(),
        changes=None if draft.seen is None else desk.changes(traced, draft.seen),
        as_of=desk.now(),
        end_of=words.end_of,
        clock_of=words.clock_of,
        local_s=exports.local_s,
        minutes=lambda seconds: seconds // 60,
        assumed=_assumed(traced.own),
        **{"second": None, "least_min": 15, "cap": 500, "fault": None, **more},
    )


def _assumed(own: list[Stay] | Any) -> int:
    """How many of these stays have an end that nobody scanned."""
    return sum(not stay.is_sure for stay in own)


def _names(desk: TraceDesk, traced: Traced) -> dict[int, str]:
    """Of venues by number: as they are called, and where nobody registered them, as their kiosk is."""
    called = desk.venue_names()
    return {number: called.get(venue, venue) for number, venue in traced.venues.items()}


def _draft(drafts: Drafts, desk: TraceDesk, token: str) -> Draft:
    """404 when it is over, or somebody else's."""
    found: Draft = drafts.get(token, who().account.name, desk.now()) or flask.abort(404)
    return found


def _terms() -> tuple[int, int]:
    form = flask.request.form
    least_min = _whole(form.get("least_min", ""), 0, MAX_LEAST_MIN)
    cap = _whole(form.get("cap", ""), 0, MAX_CAP)
    if least_min is None or cap is None:
        flask.abort(400)
    return least_min, cap


def _whole(text: str, low: int, high: int) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 8
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
