"""Signing in and out, one's own password and second factor; and, for administrators, the accounts of others."""

import re
from collections.abc import Callable
from datetime import datetime

import flask
import segno
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from collector.access import hand_out, second_factor
from collector.access.door import Door, SignInRefused
from collector.access.roles import NAMES, Right, Role
from collector.access.shapes import AccessError, SignedIn
from collector.office.guard import (
    for_anyone,
    for_signed_in,
    forget,
    needs,
    only_here,
    remember,
    who,
)

_SECRET = re.compile(r"[A-Z2-7]{32}")  # as pyotp makes them


def account_pages(door: Door, now: Callable[[], datetime]) -> flask.Blueprint:
    pages = flask.Blueprint("account", __name__)

    @pages.get("/sign-in")
    @for_anyone
    def sign_in() -> str:
        return flask.render_template("sign_in.html", next=only_here(_asked("next")))

    @pages.post("/sign-in")
    @for_anyone
    def sign_in_now() -> ResponseReturnValue:
        form = flask.request.form
        name = form.get("name", "").strip().lower()
        address = flask.request.remote_addr or ""
        target = only_here(form.get("next", ""))
        try:
            signed_in = door.sign_in(
                name, form.get("password", ""), form.get("code", ""), address, now()
            )
        except SignInRefused as refused:
            page = flask.render_template("sign_in.html", next=target, refused=refused)
            return page, 429 if refused.wait_s else 401
        return _on(signed_in, target)

    @pages.post("/sign-out")
    @for_signed_in
    def sign_out() -> ResponseReturnValue:
        door.sign_out(who().token)
        response = flask.make_response(flask.redirect(flask.url_for("account.sign_in")))
        forget(response)
        return response

    @pages.get("/account/password")
    @for_signed_in
    def password() -> str:
        return flask.render_template("password.html")

    @pages.post("/account/password")
    @for_signed_in
    def password_now() -> ResponseReturnValue:
        form = flask.request.form
        if form.get("new", "") != form.get("again", ""):
            return flask.render_template("password.html", differ=True), 400
        outcome = door.set_password(who(), form.get("old", ""), form.get("new", ""), now())
        if isinstance(outcome, SignedIn):
            return _on(outcome, "/")
        return flask.render_template("password.html", fault=outcome), 400

    @pages.get("/account/second-factor", endpoint="second_factor")
    @for_signed_in
    def second_factor_page() -> str:
        _only_without_one()
        return _second_factor(second_factor.new_secret())

    @pages.post("/account/second-factor")
    @for_signed_in
    def second_factor_now() -> ResponseReturnValue:
        _only_without_one()
        form = flask.request.form
        secret = form.get("secret", "")
        if not _SECRET.fullmatch(secret):
            flask.abort(400)
        outcome = door.set_second_factor(who(), secret, form.get("code", ""), now())
        if outcome is None:
            return _second_factor(secret, is_wrong=True), 400
        return _on(outcome, "/")

    @pages.get("/accounts")
    @needs(Right.ADMINISTER)
    def accounts() -> str:
        return _accounts(door)

    @pages.post("/accounts")
    @needs(Right.ADMINISTER)
    def add_account() -> ResponseReturnValue:
        form = flask.request.form
        name, role = form.get("name", "").strip().lower(), form.get("role", "")
        if role not in list(Role):
            flask.abort(400)
        try:
            made = hand_out.add(door.access, name, Role(role), now(), door.hasher)
        except AccessError as error:
            return _accounts(door, refused=str(error), typed=name), 400
        return _accounts(door, made=made, made_for=name)

    @pages.post("/accounts/<name>/lock")
    @needs(Right.ADMINISTER)
    def lock_account(name: str) -> ResponseReturnValue:
        _known_other(door, name)
        hand_out.lock(door.access, name)
        return flask.redirect(flask.url_for("account.accounts"))

    @pages.post("/accounts/<name>/reset")
    @needs(Right.ADMINISTER)
    def reset_account(name: str) -> ResponseReturnValue:
        _known_other(door, name)
        made = hand_out.reset(door.access, name, now(), door.hasher)
        return _accounts(door, made=made, made_for=name)

    return pages


def _only_without_one() -> None:
    """A second factor that stands is replaced by an administrator only, not by whoever finds an open session."""
    if who().account.totp_secret:
        flask.abort(403)


def _on(signed_in: SignedIn, target: str) -> ResponseReturnValue:
    response = flask.make_response(flask.redirect(target))
    remember(response, signed_in)
    return response


def _second_factor(secret: str, *, is_wrong: bool = False) -> str:
    code = segno.make_qr(second_factor.address(secret, who().account.name), error="m")
    drawing = Markup(code.svg_inline(scale=5, light="white", border=4))  # noqa: S704 - segno's own, no text in it
    return flask.render_template(
        "second_factor.html", secret=secret, drawing=drawing, is_wrong=is_wrong
    )


def _accounts(door: Door, **shown: str) -> str:
    return flask.render_template(
        "accounts.html", accounts=door.access.accounts(), roles=NAMES, **shown
    )


def _known_other(door: Door, name: str) -> None:
    """Nobody shuts the door on themselves: another administrator can, or the command."""
    if door.access.account(name) is None:
        flask.abort(404)
    if name == who().account.name:
        flask.abort(400)


def _asked(name: str) -> str:
    return flask.request.args.get(name, "")
