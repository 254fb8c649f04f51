"""A POST counts only when it comes from a page of ours.

The token stands in a cookie and again in the form or a header (double submit, signed by this process's own key), and
the `Origin` that browsers send with every POST has to be ours as well. No state on the server.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from markupsafe import Markup

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfGuard:
    """Tokens signed with a key that lives as long as the process: a restart asks for a fresh page."""

    def __init__(self, cookie_name: str, *, secure: bool) -> None:
        self._cookie_name = cookie_name
        self._secure = secure
        self._key = secrets.token_bytes(32)

    def install(self, app: Flask) -> None:
        app.before_request(self._check)
        app.after_request(self._hand_out)
        app.context_processor(lambda: {"csrf_token": self.token, "csrf_field": self._field})

    def token(self) -> str:
        """The token of this browser; a new one when it has none that this process signed."""
        if "csrf_token" not in g:
            sent = request.cookies.get(self._cookie_name, "")
            g.csrf_token = sent if self._is_ours(sent) else self._new()
        return str(g.csrf_token)

    def _field(self) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, self.token())

    def _new(self) -> str:
        nonce = secrets.token_hex(16)
        return f"{nonce}.{self._signature(nonce)}"

    def _signature(self, nonce: str) -> str:
        return hmac.new(self._key, nonce.encode(), hashlib.sha256).hexdigest()

    def _is_ours(self, token: str) -> bool:
        nonce, _, signature = token.partition(".")
        return hmac.compare_digest(self._signature(nonce).encode(), signature.encode())

    def _check(self) -> None:
        if request.method in _READING:
            return
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            abort(400, "this request comes from another site")
        cookie = request.cookies.get(self._cookie_name, "")
        sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
        if not self._is_ours(cookie) or not hmac.compare_digest(cookie.encode(), sent.encode()):
            abort(400, "this page is out of date: open it again")

    def _hand_out(self, response: Response) -> Response:
        if "csrf_token" in g and request.cookies.get(self._cookie_name) != g.csrf_token:
            response.set_cookie(
                self._cookie_name,
                g.csrf_token,
                httponly=True,
                samesite="Strict",
                secure=self._secure,
            )
        return response
