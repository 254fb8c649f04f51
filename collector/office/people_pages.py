"""What people ask about their own data, for officers: shown, put right, erased, and until when. Nothing sealed is
opened.

Identifiers come in the body of a form and go no further than the inbox; what the pages carry on is its pseudonyms.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime

import flask
from flask.typing import ResponseReturnValue

from collector.access.roles import Right
from collector.both import Both
from collector.days import ZONE
from collector.errors import CollectorError
from collector.office.guard import needs, who
from collector.office.words import VERDICTS
from collector.people.desk import MAX_REMARK, PeopleDesk
from collector.people.port import Wish
from collector.tracing.identifiers import typed

_ABOUT = re.compile(r"[0-9a-f]{32}(,[0-9a-f]{32}){0,7}")
WISHES = {
    Wish.SHOW: Both("Xem dữ liệu", "to see it"),
    Wish.CORRECT: Both("Sửa dữ liệu", "to have it put right"),
    Wish.ERASE: Both("Xóa dữ liệu", "to have it erased"),
}
_ONE = Both("ghi số hoặc mã QR của một người", "write the number or QR of one person")
_NO_DAY = Both(
    "ghi ngày như 28/11/2026, không sau hôm nay", "write a day like 28/11/2026, not after today"
)


def people_pages(desk: PeopleDesk) -> flask.Blueprint:
    pages = flask.Blueprint("people", __name__)

    @pages.errorhandler(CollectorError)
    def cannot(error: CollectorError) -> ResponseReturnValue:
        return flask.render_template("message.html", kind="cannot", reason=str(error)), 409

    @pages.get("/people")
    @needs(Right.TRACE)
    def people() -> str:
        return _form(desk, {})

    @pages.post("/people")
    @needs(Right.TRACE)
    def look() -> ResponseReturnValue:
        form = flask.request.form
        found = typed(form.get("person", ""))
        faults: dict[str, Both] = {}
        if found.faults or len(found.people) != 1:
            faults["person"] = found.faults[0][1] if found.faults else _ONE
        asked_at = _day(form.get("asked", ""), desk.today())
        wish = form.get("wish", "")
        if wish and (asked_at is None or wish not in set(Wish)):
            faults["asked"] = _NO_DAY
        if faults:
            return _form(desk, faults), 400
        about = desk.pseudonyms_of(found.people[0])
        if wish and asked_at is not None:
            desk.ask(who().account.name, Wish(wish), about, asked_at)
            return flask.redirect(flask.url_for("people.people"), 303)
        return _person(desk, about)

    @pages.post("/people/correct")
    @needs(Right.TRACE)
    def correct() -> ResponseReturnValue:
        form, about = flask.request.form, _about()
        remark, part = form.get("remark", ""), form.get("act") == "part"
        desk.correct(who().account.name, about, form.get("event", ""), remark, part=part)
        return _person(desk, about)

    @pages.post("/people/erase")
    @needs(Right.TRACE)
    def erase() -> ResponseReturnValue:
        about = _about()
        if flask.request.form.get("sure") != "yes":
            return _person(desk, about, is_unsure=True), 400
        desk.erase(who().account.name, about)
        return _person(desk, about, is_erased=True)

    @pages.post("/people/<number>/done")
    @needs(Right.TRACE)
    def done(number: str) -> ResponseReturnValue:
        if not (number.isascii() and number.isdecimal() and len(number) < 16):
            flask.abort(404)
        desk.done(who().account.name, int(number))
        return flask.redirect(flask.url_for("people.people"), 303)

    return pages


def _about() -> list[bytes]:
    text = flask.request.form.get("about", "")
    if not _ABOUT.fullmatch(text):
        flask.abort(400)
    return [bytes.fromhex(each) for each in text.split(",")]


def _form(desk: PeopleDesk, faults: dict[str, Both]) -> str:
    """What was typed of a person does not stand in the page again."""
    today = desk.today()
    asked = flask.request.form.get("asked", f"{today:%d/%m/%Y}")
    return flask.render_template(
        "people.html",
        requests=desk.requests.requests(),
        today=today,
        wishes=WISHES,
        asked=asked,
        faults=faults,
    )


def _person(
    desk: PeopleDesk, about: Sequence[bytes], *, is_unsure: bool = False, is_erased: bool = False
) -> str:
    return flask.render_template(
        "person.html",
        events=desk.show(who().account.name, about),
        place=desk.place,
        about=",".join(each.hex() for each in about),
        verdicts=VERDICTS,
        longest=MAX_REMARK,
        is_unsure=is_unsure,
        is_erased=is_erased,
    )


def _day(text: str, today: date) -> datetime | None:
    try:
        found = datetime.strptime(text.strip(), "%d/%m/%Y").replace(tzinfo=ZONE)
    except ValueError:
        return None
    return found if found.date() <= today else None
