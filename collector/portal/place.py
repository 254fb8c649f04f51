"""The pages of one venue: what its poster opens, checking in and out, the Pass."""

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import flask
import segno
from flask.typing import ResponseReturnValue

from collector.portal import phone
from collector.portal.desk import DeskBusyError
from collector.portal.phone import Holder, Portal
from kiosk.domain.verdict import Outcome
from kiosk.domain.visit import Direction
from kiosk.languages import LANGUAGES

_QUIET_MODULES = 4
_MODULE_PX = 8
_WAYS = {"in": Direction.IN, "out": Direction.OUT}
RECORDED = {Direction.IN: "Your entry is recorded", Direction.OUT: "Your exit is recorded"}


def create_place(portal: Portal) -> flask.Blueprint:
    pages = flask.Blueprint("place", __name__)

    @pages.get("/v/<venue>")
    def poster(venue: str) -> str:
        return _draw("place", portal, venue, holder=phone.holder(portal))

    @pages.post("/v/<venue>/language")
    def language(venue: str) -> ResponseReturnValue:
        portal.place(venue)
        chosen = flask.request.form.get("language", "")
        page = "declaring.consent" if flask.request.form.get("on") == "consent" else "place.poster"
        response = see(flask.url_for(page, venue=venue))
        if chosen in LANGUAGES:
            phone.choose_language(response, chosen)
        return response

    @pages.post("/v/<venue>/visit")
    def visit(venue: str) -> ResponseReturnValue:
        place, holder = portal.place(venue), phone.holder(portal)
        direction = _WAYS.get(flask.request.form.get("direction", ""))
        if direction is None or not holder.pass_code:
            return see(flask.url_for("place.poster", venue=venue))
        portal.count()
        try:
            seen = portal.desk.visit(holder.pass_code, place.id, direction)
        except DeskBusyError:
            return _draw("visit", portal, venue, said="", reason="not_stored"), 503
        said = RECORDED[direction] if seen.outcome == Outcome.ACCEPTED else ""
        return _draw("visit", portal, venue, said=said, reason=seen.reason, seen=seen)

    @pages.get("/v/<venue>/pass")
    def result(venue: str) -> ResponseReturnValue:
        """What became of the declaration: the Pass, the word to see staff, or only that it is saved."""
        draft, holder = portal.draft(venue), phone.holder(portal)
        outcome = draft.outcome if draft is not None and draft.draft.sent else ""
        if not outcome and not holder.pass_counts:
            return see(flask.url_for("place.poster", venue=venue))
        until = _local(holder.pass_until, portal.time_zone) if holder.pass_counts else ""
        return _draw("pass", portal, venue, outcome=outcome, holder=holder, until=until)

    @pages.get("/v/<venue>/pass.png")
    def picture(venue: str) -> ResponseReturnValue:
        portal.place(venue)
        holder = phone.holder(portal)
        if not holder.pass_counts:
            flask.abort(404)
        return flask.Response(_png(holder), mimetype="image/png")

    @pages.post("/v/<venue>/forget")
    def forget(venue: str) -> ResponseReturnValue:
        portal.place(venue)
        portal.drafts.wipe(flask.request.cookies.get(phone.DRAFT, ""))
        response = see(flask.url_for("place.poster", venue=venue))
        phone.give(portal, response, b"")
        response.delete_cookie(phone.DRAFT, path="/", secure=True, httponly=True, samesite="Lax")
        return response

    return pages


def see(address: str) -> flask.Response:
    """Post, redirect, get: what is loaded anew, or gone back to, sends nothing twice."""
    return flask.make_response(flask.redirect(address, code=303))


def _draw(template: str, portal: Portal, venue: str, **values: object) -> str:
    return flask.render_template(
        f"portal/{template}.html",
        place=portal.place(venue),
        language=phone.language(),
        title=portal.desk.standing.questions.title,
        is_open=portal.desk.is_open,
        **values,
    )


def _png(holder: Holder) -> bytes:
    drawn = io.BytesIO()
    qr = segno.make(holder.pass_code, error="m", micro=False)
    qr.save(drawn, kind="png", scale=_MODULE_PX, border=_QUIET_MODULES)
    return drawn.getvalue()


def _local(at: datetime | None, time_zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(time_zone)):%d/%m/%Y %H:%M}" if at is not None else ""
