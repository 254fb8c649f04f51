"""A code for a kiosk, and the four words of whoever has joined by it. Part of the registry's pages."""

from collections.abc import Callable
from datetime import datetime

import flask
from markupsafe import Markup

from collector.access.roles import Right
from collector.office.guard import asked_by_itself, needs
from collector.registry import enrolment
from collector.registry.port import Admission, Registry
from kiosk.wire.check_words import words_of
from kiosk.wire.enrolment import Wifi


def enrolment_pages(
    pages: flask.Blueprint,
    registry: Registry,
    site: Callable[[], enrolment.Site],
    now: Callable[[], datetime],
) -> None:
    @pages.post("/kiosks/<kiosk>/enrol")
    @needs(Right.REGISTER)
    def enrol_kiosk(kiosk: str) -> str:
        found = registry.kiosk(kiosk) or flask.abort(404)
        before = registry.admission(kiosk)
        permit = enrolment.permit(registry, found, site(), now(), _wifi())
        code = permit.qr.svg_inline(scale=5, light="white", border=4)
        return flask.render_template(
            "enrolment.html",
            kiosk=found,
            permit=permit,
            before=_short(before),
            drawing=Markup(code),  # noqa: S704 - segno's own, no text in it
        )

    @pages.get("/kiosks/<kiosk>/joined")
    @needs(Right.REGISTER)
    @asked_by_itself
    def joined(kiosk: str) -> str:
        """Asked by the page of a code: the four words, once another key than `before` has joined."""
        found = registry.kiosk(kiosk) or flask.abort(404)
        admission = registry.admission(kiosk)
        is_new = admission is not None and _short(admission) != flask.request.args.get("before")
        words_now = words_of(admission.key_hash) if admission is not None and is_new else ()
        return flask.render_template("joined.html", kiosk=found, words=words_now)


def _short(admission: Admission | None) -> str:
    """By which the page of a code knows the kiosk that was there before."""
    return admission.key_hash[:8].hex() if admission is not None else ""


def _wifi() -> Wifi | None:
    """The network that was typed beside a code, none without a name."""
    name = flask.request.form.get("wifi", "").strip()
    return Wifi(name, flask.request.form.get("passphrase", "")) if name else None
