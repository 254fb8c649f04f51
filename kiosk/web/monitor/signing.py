"""Who is this? A cookie that scripts cannot read; its token makes the one that every form must carry."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import flask
from flask.typing import ResponseReturnValue

from kiosk.languages import LANGUAGES
from kiosk.web.safety.staff_book import Person, StaffBook, StaffRole

View = TypeVar("View", bound=Callable[..., Any])
COOKIE, LANGUAGE = "__Host-staff", "__Host-language"


def who() -> Person:
    found: Person = flask.g.staff
    return found


def language() -> str:
    wanted = flask.request.args.get("lang") or flask.request.cookies.get(LANGUAGE, "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def for_anyone(view: View) -> View:
    """The page of signing in, and nothing else."""
    view.for_anyone = True  # type: ignore[attr-defined]
    return view


def for_newcomers(view: View) -> View:
    """Also for whoever still has the PIN that somebody else gave them."""
    view.for_newcomers = True  # type: ignore[attr-defined]
    return view


def for_managers(view: View) -> View:
    view.for_managers = True  # type: ignore[attr-defined]
    return view


def in_data(view: View) -> View:
    """Asked by a script, which cannot follow anybody to another page: refused by a number."""
    view.in_data = True  # type: ignore[attr-defined]
    return view


class Signing:
    """`ask` goes before every request; `token` is what forms of this request must carry."""

    def __init__(self, app: flask.Flask, book: StaffBook) -> None:
        self._app = app
        self._book = book
        self._of_nobody = secrets.token_urlsafe(24)

    def token(self) -> str:
        cookie = flask.request.cookies.get(COOKIE, "")
        if flask.g.get("staff") is None:
            return self._of_nobody
        return hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()

    def ask(self) -> ResponseReturnValue | None:
        view = self._app.view_functions.get(flask.request.endpoint or "")
        if view is None or flask.request.endpoint == "static":
            return None
        flask.g.staff = person = self._book.who(flask.request.cookies.get(COOKIE, ""))
        if getattr(view, "for_anyone", False):
            return None
        in_data = getattr(view, "in_data", False)
        if person is None:
            return ("", 401) if in_data else flask.redirect(flask.url_for("staff.sign_in"))
        if not person.own and not getattr(view, "for_newcomers", False):
            return ("", 403) if in_data else flask.redirect(flask.url_for("staff.own_pin"))
        if getattr(view, "for_managers", False) and person.role is not StaffRole.MANAGER:
            flask.abort(403)
        return None


def remember(response: flask.Response, token: str, age_s: int) -> flask.Response:
    response.set_cookie(
        COOKIE, token, max_age=age_s, secure=True, httponly=True, samesite="Strict", path="/"
    )
    return response


def forget(response: flask.Response) -> flask.Response:
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    return response


def with_language(response: flask.Response, allowed: Sequence[str] = LANGUAGES) -> flask.Response:
    """A language that was chosen by the address is remembered."""
    wanted = flask.request.args.get("lang", "")
    if wanted in allowed:
        response.set_cookie(LANGUAGE, wanted, secure=True, httponly=True, samesite="Strict")
    return response
