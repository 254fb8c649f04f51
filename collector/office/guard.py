"""Nobody sees a page that does not say who may: every view names its right, and what names none is shut.

The right is asked for before a byte of the body is read. A session is a cookie that scripts cannot read; its token
stands in every form, so that a form of one session counts for no other.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
from flask.typing import ResponseReturnValue

from collector.access.door import Door
from collector.access.roles import Right
from collector.access.shapes import AccessError, Due, SignedIn
from kiosk.web.safety import protect

View = TypeVar("View", bound=Callable[..., Any])
_ANYONE, _SIGNED_IN = "anyone", "signed_in"
_READ_BYTES = 1024 * 1024
_DUE_PAGES = {Due.PASSWORD: "account.password", Due.SECOND_FACTOR: "account.second_factor"}


def needs(right: Right) -> Callable[[View], View]:
    """For whom this view is."""
    return _marked(right)


def for_anyone(view: View) -> View:
    """The page of signing in, and nothing else."""
    return _marked(_ANYONE)(view)


def for_signed_in(view: View) -> View:
    """One's own account, also while something is still due."""
    return _marked(_SIGNED_IN)(view)


def asked_by_itself(view: View) -> View:
    """A page that nobody looks at keeps no session alive."""
    view.asked_by_itself = True  # type: ignore[attr-defined]
    return view


def takes_bytes(most: int) -> Callable[[View], View]:
    """This view takes a larger body than a form has."""

    def mark(view: View) -> View:
        view.takes_bytes = most  # type: ignore[attr-defined]
        return view

    return mark


def who() -> SignedIn:
    """Of the request that is being answered; only in a view that is for those who signed in."""
    found: SignedIn = flask.g.who
    return found


def is_signed_in() -> bool:
    return flask.g.get("who") is not None


def remember(response: flask.Response, signed_in: SignedIn) -> None:
    response.set_cookie(
        _cookie(), signed_in.token, httponly=True, secure=flask.request.is_secure, samesite="Strict"
    )


def forget(response: flask.Response) -> None:
    response.delete_cookie(
        _cookie(), httponly=True, secure=flask.request.is_secure, samesite="Strict"
    )


def guard(
    app: flask.Flask,
    door: Door,
    hosts: Sequence[str],
    now: Callable[[], datetime],
    open_here: Sequence[str] = (),
) -> None:
    """`open_here` names the endpoints that need no account."""
    of_nobody = secrets.token_urlsafe(24)

    def ask() -> ResponseReturnValue | None:
        view = app.view_functions.get(flask.request.endpoint or "")
        if view is None or flask.request.endpoint == "static":
            return None
        counts = not getattr(view, "asked_by_itself", False)
        token = flask.request.cookies.get(_cookie(), "")
        flask.g.who = door.signed_in(token, now(), counts_as_use=counts)
        refused = None if flask.request.endpoint in open_here else _refusal(view, flask.g.who)
        if refused is None:
            if most := getattr(view, "takes_bytes", 0):
                flask.request.max_content_length = most
                # werkzeug counts what it reads at a time among it, also of a file
                flask.request.max_form_memory_size = _READ_BYTES
            return None
        return refused

    app.before_request(ask)
    protect(
        app,
        hosts=hosts,
        token_now=lambda: flask.g.who.csrf if is_signed_in() else of_nobody,
    )

    def of_this_request() -> dict[str, object]:
        signed_in: SignedIn | None = flask.g.get("who")
        may = {right.value: signed_in is not None and signed_in.may(right) for right in Right}
        return {
            "csrf_token": signed_in.csrf if signed_in else of_nobody,
            "who": signed_in,
            "may": may,
        }

    app.context_processor(of_this_request)
    app.register_error_handler(AccessError, _no_accounts)
    app.register_error_handler(403, _forbidden)

    @app.after_request
    def only_by_tls(response: flask.Response) -> flask.Response:
        if flask.request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def only_here(target: str) -> str:
    """Where to go after signing in: a path of ours, or the first page."""
    parts = urlsplit(target)
    is_ours = not parts.scheme and not parts.netloc and target.startswith("/")
    return target if is_ours and not target.startswith(("//", "/\\")) else "/"


def _marked(right: Right | str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.needs = right  # type: ignore[attr-defined]
        return view

    return mark


def _refusal(view: Any, signed_in: SignedIn | None) -> ResponseReturnValue | None:
    right = getattr(view, "needs", None)
    if right == _ANYONE:
        return None
    if signed_in is None:
        if getattr(view, "asked_by_itself", False):
            flask.abort(401)
        wanted = flask.request.full_path.rstrip("?") if flask.request.method == "GET" else "/"
        return flask.redirect(flask.url_for("account.sign_in", next=wanted))
    if right == _SIGNED_IN:
        return None
    if signed_in.due in _DUE_PAGES:
        return flask.redirect(flask.url_for(_DUE_PAGES[signed_in.due]))
    if not isinstance(right, Right) or not signed_in.may(right):
        flask.abort(403)
    return None


def _cookie() -> str:
    # with this prefix browsers take it only from this very host, by HTTPS
    return "__Host-office" if flask.request.is_secure else "office"


def _no_accounts(_: AccessError) -> ResponseReturnValue:
    return flask.render_template("message.html", kind="no_accounts"), 503


def _forbidden(_: Exception) -> ResponseReturnValue:
    return flask.render_template("message.html", kind="forbidden"), 403
