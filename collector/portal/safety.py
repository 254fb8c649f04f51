"""What every page here keeps to: headers, Host, who may post, how often.

The pages are public, so a token that any visitor can read proves nothing: each browser has one of its own, made from a
random cookie that another site can neither read nor set.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import flask
from markupsafe import Markup

from collector.portal.limits import Limits
from kiosk.web.safety import FIELD, MAX_BODY_BYTES
from kiosk.web.safety.headers import set_headers

VISITOR = "__Host-visitor"
_MAX_FIELDS = 64
_HARMLESS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Rules:
    """`address` is how phones reach the portal, empty for a portal that is tried on this machine. `mac` makes what only
    this portal can make. `behind_proxy`: a proxy on this machine says whose request it is."""

    address: str
    behind_proxy: bool
    mac: Callable[[str], str]
    limits: Limits

    @property
    def hosts(self) -> Sequence[str]:
        named = urlsplit(self.address).hostname
        return ("127.0.0.1", "localhost", *([named] if named else []))


def keep_to(app: flask.Flask, rules: Rules) -> None:
    app.config.update(
        TRUSTED_HOSTS=list(rules.hosts),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        MAX_FORM_PARTS=_MAX_FIELDS,
    )

    def refuse() -> None:
        if (flask.request.content_length or 0) > MAX_BODY_BYTES:
            flask.abort(413)
        if flask.request.endpoint != "static" and not rules.limits.page(client(rules)):
            flask.abort(429)
        if flask.request.method not in _HARMLESS and not _is_ours(rules):
            flask.abort(403)

    def csrf_field() -> Markup:
        made = Markup('<input type="hidden" name="{}" value="{}">')
        return made.format(FIELD, rules.mac(_visitor()))

    def finish(response: flask.Response) -> flask.Response:
        fresh = flask.g.get("fresh_visitor")
        if fresh is not None:
            set_cookie(response, VISITOR, fresh)
        return set_headers(response)

    app.before_request(refuse)
    app.after_request(finish)
    app.jinja_env.globals["csrf_field"] = csrf_field


def client(rules: Rules) -> str:
    """The address that asks. What a proxy says counts only from a proxy on this machine."""
    peer = flask.request.remote_addr or ""
    told = flask.request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and rules.behind_proxy and _is_here(peer) else peer


def set_cookie(
    response: flask.Response, name: str, value: str, max_age_s: float | None = None
) -> None:
    """For this host, over TLS, unreadable for scripts. Lax, not Strict: a poster is opened from elsewhere."""
    response.set_cookie(
        name,
        value,
        max_age=None if max_age_s is None else int(max_age_s),
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )


def _visitor() -> str:
    known = flask.request.cookies.get(VISITOR) or flask.g.get("fresh_visitor")
    if not known:
        known = flask.g.fresh_visitor = secrets.token_urlsafe(16)
    return str(known)


def _is_ours(rules: Rules) -> bool:
    origin = flask.request.headers.get("Origin")
    if origin is not None and origin not in _origins(rules):
        return False
    visitor = flask.request.cookies.get(VISITOR, "")
    shown = flask.request.form.get(FIELD, "")
    return bool(visitor) and hmac.compare_digest(shown.encode(), rules.mac(visitor).encode())


def _origins(rules: Rules) -> tuple[str, ...]:
    """The proxy speaks plain HTTP with us: what the browser calls us is the address that phones are given."""
    parts = urlsplit(rules.address)
    named = f"{parts.scheme}://{parts.netloc}"
    return (named, flask.request.host_url.rstrip("/"))


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
