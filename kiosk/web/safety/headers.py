"""The headers on every answer (shared facts, screen section 21)."""

import flask

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_EVERYWHERE = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # not `no-referrer`: with it a browser sends `Origin: null` on our own forms, and the Origin check has no use
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def set_headers(response: flask.Response) -> flask.Response:
    """Pages are never kept, not even for the Back button; files that hold nothing of a visitor are asked for anew."""
    response.headers.update(_EVERYWHERE)
    is_file = flask.request.endpoint == "static" and response.status_code in (200, 304)
    response.headers["Cache-Control"] = "no-cache" if is_file else "no-store"
    return response
