"""Cases, for officers: what is asked for one, who approves it, and the bundle. Nothing is opened here."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import flask
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.typing import ResponseReturnValue

from collector.access.roles import Right
from collector.both import Both
from collector.cases import opened, rules
from collector.cases.port import Case, Period, Release
from collector.cases.release_desk import ReleaseDesk
from collector.days import ZONE
from collector.errors import CollectorError
from collector.office.guard import needs, who

_STATES = {
    "open": Both("Đang mở", "open"),
    "closed": Both("Đã đóng", "closed"),
    "asked": Both("Chờ duyệt", "waiting for approval"),
    "approved": Both("Đã duyệt", "approved"),
    "refused": Both("Bị từ chối", "refused"),
    "made": Both("Đã lấy gói", "bundle taken"),
}
_NO_FILE = Both("chọn tệp .opened.json", "choose the .opened.json file")


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands in a form again after a fault."""

    title: str = ""
    reason: str = ""
    first: str = ""
    last: str = ""
    people: str = ""


def case_pages(desk: ReleaseDesk) -> flask.Blueprint:
    pages = flask.Blueprint("cases", __name__)

    @pages.errorhandler(CollectorError)
    def cannot(error: CollectorError) -> ResponseReturnValue:
        return flask.render_template("message.html", kind="cannot", reason=str(error)), 409

    @pages.get("/cases")
    @needs(Right.TRACE)
    def cases() -> str:
        return _list(desk, _Typed(), {})

    @pages.post("/cases")
    @needs(Right.TRACE)
    def open_case() -> ResponseReturnValue:
        typed = _Typed(*map(_asked, ("title", "reason", "first", "last")))
        said = {name: rules.fault_of_text(getattr(typed, name)) for name in ("title", "reason")}
        period = _period(typed, desk.now().astimezone(ZONE).date())
        faults = {name: each for name, each in said.items() if each is not None}
        if period is None:
            faults["period"] = rules.NO_PERIOD
        if faults or period is None:
            return _list(desk, typed, faults), 400
        case = desk.open(who().account.name, typed.title, typed.reason, period)
        return _to(case.id)

    @pages.get("/cases/<case>")
    @needs(Right.TRACE)
    def case(case: str) -> str:
        found = _known(desk, case)
        return _page(desk, found, _Typed(people="\n".join(map(str, found.people))), {})

    @pages.post("/cases/<case>/close")
    @needs(Right.TRACE)
    def close_case(case: str) -> ResponseReturnValue:
        desk.close(who().account.name, _known(desk, case).id)
        return _to(case)

    @pages.post("/cases/<case>/releases")
    @needs(Right.TRACE)
    def ask(case: str) -> ResponseReturnValue:
        found = _known(desk, case)
        people_text = flask.request.form.get("people", "")
        people, events, wrong = rules.listed(people_text)
        typed = _Typed(reason=_asked("reason"), people=people_text)
        said = rules.fault_of_text(typed.reason)
        faults: dict[str, Both] = {} if said is None else {"reason": said}
        if wrong:
            faults["people"] = wrong[0]
        if faults:
            return _page(desk, found, typed, faults), 400
        desk.ask(who().account.name, found, typed.reason, people, events)
        return _to(case)

    @pages.post("/releases/<release>/approve")
    @needs(Right.TRACE)
    def approve(release: str) -> ResponseReturnValue:
        return _to(desk.approve(who().account.name, _request(desk, release).id).case)

    @pages.post("/releases/<release>/refuse")
    @needs(Right.TRACE)
    def refuse(release: str) -> ResponseReturnValue:
        found = _request(desk, release)
        desk.refuse(who().account.name, found.id)
        return _to(found.case)

    @pages.post("/releases/<release>/bundle")
    @needs(Right.TRACE)
    def bundle(release: str) -> ResponseReturnValue:
        found = _request(desk, release)
        name = f"{found.case}-{found.id}.bundle"
        return _file(desk.bundle(who().account.name, found.id), name, "application/octet-stream")

    @pages.post("/releases/<release>/opening")
    @needs(Right.TRACE)
    def opening(release: str) -> ResponseReturnValue:
        found = _request(desk, release)
        file = flask.request.files.get("record")
        payload = file.read(opened.MAX_BYTES + 1) if file else b""
        if not payload:
            case = _known(desk, found.case)
            return _page(desk, case, _Typed(), {"record": _NO_FILE}), 400
        record = opened.parse(payload)
        if record.release != found.id:
            flask.abort(400)
        desk.take_record(who().account.name, record)
        return _to(found.case)

    @pages.get("/cases/release.pub")
    @needs(Right.TRACE)
    def office_key() -> ResponseReturnValue:
        public = desk.key().public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return _file(pem, "release.pub", "application/x-pem-file")

    return pages


def _list(desk: ReleaseDesk, typed: _Typed, faults: dict[str, Both]) -> str:
    cases = desk.cases.cases()
    waiting = {
        each.id: sum(
            rules.may_approve(release, who().account.name)
            for release in desk.cases.releases(each.id)
        )
        for each in cases
    }
    return flask.render_template(
        "cases.html", cases=cases, waiting=waiting, typed=typed, faults=faults, states=_STATES
    )


def _page(desk: ReleaseDesk, case: Case, typed: _Typed, faults: dict[str, Both]) -> str:
    me = who().account.name
    releases = desk.cases.releases(case.id)
    return flask.render_template(
        "case.html",
        case=case,
        releases=releases,
        mine={each.id for each in releases if rules.may_approve(each, me)},
        me=me,
        typed=typed,
        faults=faults,
        states=_STATES,
        needed=desk.needs,
    )


def _asked(name: str) -> str:
    return " ".join(flask.request.form.get(name, "").split())


def _period(typed: _Typed, today: date) -> Period | None:
    first, last = _day(typed.first), _day(typed.last)
    if first is None or last is None or last > today:
        return None
    period = Period(first, last)
    return period if rules.is_period(period) else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None


def _known(desk: ReleaseDesk, case: str) -> Case:
    found: Case = desk.cases.case(case) or flask.abort(404)
    return found


def _request(desk: ReleaseDesk, release: str) -> Release:
    found: Release = desk.cases.release(release) or flask.abort(404)
    return found


def _to(case: str) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("cases.case", case=case), 303)


def _file(content: bytes, name: str, kind: str) -> flask.Response:
    response = flask.Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{Path(name).name}"'
    return response
