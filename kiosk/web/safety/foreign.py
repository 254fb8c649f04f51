"""Did one of our own pages send this?

Two answers have to agree: the browser's (`Origin`) and a token that only our own pages hold. The token is one for the
life of the process: these pages know no login, and another origin can read none of them.
"""

import hmac

import flask

_HARMLESS = {"GET", "HEAD", "OPTIONS"}
FIELD = "csrf"
HEADER = "X-CSRF"


def is_foreign(request: flask.Request, token: str) -> bool:
    if request.method in _HARMLESS:
        return False
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        return True
    shown = request.headers.get(HEADER) or request.form.get(FIELD, "")
    return not hmac.compare_digest(shown.encode(), token.encode())
