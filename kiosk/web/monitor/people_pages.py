"""Signing in and out, one's own PIN, and the people of this door, who are a manager's business."""

import flask
from flask.typing import ResponseReturnValue

from kiosk.domain.staff_act import Act, ActKind
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.monitor.signing import (
    COOKIE,
    for_anyone,
    for_managers,
    for_newcomers,
    forget,
    remember,
    who,
)
from kiosk.web.safety.staff_book import SESSION_S, StaffError, StaffRole

NOT_SAVED = "Not saved. Try again"


def people_pages(parts: StaffPages) -> flask.Blueprint:
    pages = flask.Blueprint("staff", __name__)
    book = parts.book

    def sign_in_page(trouble: str = "", wait_s: int = 0, status: int = 200) -> ResponseReturnValue:
        page = flask.render_template(
            "monitor/sign_in.html", people=book.people(), trouble=trouble, wait_s=wait_s
        )
        return page, status

    @pages.get("/sign-in")
    @for_anyone
    def sign_in() -> ResponseReturnValue:
        return sign_in_page()

    @pages.post("/sign-in")
    @for_anyone
    def signed_in() -> ResponseReturnValue:
        person, pin = flask.request.form.get("person", ""), flask.request.form.get("pin", "")
        try:
            token = book.sign_in(person, pin)
        except StaffError as error:
            _, _, wait_s = str(error).partition("wait:")
            if wait_s:
                return sign_in_page("Too many wrong PINs. Please wait", int(wait_s), 429)
            return sign_in_page(str(error), status=403)
        # not being able to write it down keeps nobody out of a page that shows exactly that
        parts.act(Act(ActKind.SIGN_IN, person, "pin"))
        response = flask.make_response(flask.redirect(flask.url_for("monitor.page")))
        return remember(response, token, SESSION_S)

    @pages.post("/sign-out")
    @for_newcomers
    def sign_out() -> ResponseReturnValue:
        book.sign_out(flask.request.cookies.get(COOKIE, ""))
        return forget(flask.make_response(flask.redirect(flask.url_for("staff.sign_in"))))

    @pages.get("/pin")
    @for_newcomers
    def own_pin() -> ResponseReturnValue:
        return flask.render_template("monitor/pin.html", trouble="")

    @pages.post("/pin")
    @for_newcomers
    def own_pin_chosen() -> ResponseReturnValue:
        pin = flask.request.form.get("pin", "")
        if pin != flask.request.form.get("again", ""):
            return flask.render_template(
                "monitor/pin.html", trouble="The two are not the same"
            ), 400
        try:
            token = book.choose(who(), pin)
        except StaffError as error:
            return flask.render_template("monitor/pin.html", trouble=str(error)), 400
        parts.act(Act(ActKind.PEOPLE, who().id, "changed"))
        response = flask.make_response(flask.redirect(flask.url_for("monitor.page")))
        return remember(response, token, SESSION_S)

    def people_page(told: str = "", pin: str = "", trouble: str = "") -> str:
        return flask.render_template(
            "monitor/people.html", people=book.people(), told=told, pin=pin, trouble=trouble
        )

    @pages.get("/people")
    @for_managers
    def people() -> ResponseReturnValue:
        return people_page()

    @pages.post("/people")
    @for_managers
    def give_pin() -> ResponseReturnValue:
        person = flask.request.form.get("person", "").strip().lower()
        role = StaffRole(flask.request.form.get("role", "") or StaffRole.GUARD)
        known = {one.id for one in book.people()}
        try:
            pin = book.put(person, role)
        except StaffError as error:
            return people_page(trouble=str(error)), 400
        reason = "changed" if person in known else "added"
        parts.act(Act(ActKind.PEOPLE, who().id, reason, extra={"person": person}))
        return people_page(told=person, pin=pin)

    @pages.post("/people/remove")
    @for_managers
    def remove() -> ResponseReturnValue:
        person = flask.request.form.get("person", "")
        try:
            book.remove(person)
        except StaffError as error:
            return people_page(trouble=str(error)), 400
        parts.act(Act(ActKind.PEOPLE, who().id, "removed", extra={"person": person}))
        return flask.redirect(flask.url_for("staff.people"))

    return pages
