"""One function that closes an application the way section 21 of the screen facts lists it."""

from collections.abc import Sequence

from flask import Flask, Response, request

from kiosk.web.safety.csrf import CsrfGuard

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
MAX_BODY_BYTES = 64 * 1024
MAX_FORM_PARTS = 64

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def make_safe(
    app: Flask,
    *,
    hosts: Sequence[str] = LOOPBACK_HOSTS,
    max_body_bytes: int = MAX_BODY_BYTES,
    csrf_cookie: str = "csrf",
    secure_cookies: bool = False,
) -> CsrfGuard:
    """Host check (against DNS rebinding), forged POSTs, size limits and headers for every answer of `app`.

    `hosts` are the names the pages are reached by, without a port. `secure_cookies` belongs to TLS. A cookie does not
    know ports: applications on one host need different `csrf_cookie` names.
    """
    app.config["TRUSTED_HOSTS"] = list(hosts)
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    # Flask makes url maps strict about hosts only when it is asked; refusing before any view does both
    app.before_request(_refuse_foreign_host)
    guard = CsrfGuard(csrf_cookie, secure=secure_cookies)
    guard.install(app)
    app.after_request(_set_headers)
    return guard


def _refuse_foreign_host() -> None:
    # reading the name is what checks it against TRUSTED_HOSTS; a foreign one is a 400
    _ = request.host


def _set_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")
    if request.endpoint == "static" and response.status_code in (200, 304):
        # the address carries the content's hash, see `asset` in the templates
        response.headers["Cache-Control"] = "max-age=31536000, immutable"
    return response
