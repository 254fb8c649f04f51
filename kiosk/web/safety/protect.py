"""Puts an application under the rules of this room."""

import secrets
from collections.abc import Sequence

import flask

from kiosk.web.safety.foreign import is_foreign
from kiosk.web.safety.headers import set_headers

MAX_BODY_BYTES = 64 * 1024
MAX_FORM_PARTS = 64


def protect(app: flask.Flask, *, hosts: Sequence[str], max_body_bytes: int = MAX_BODY_BYTES) -> str:
    """Only these Host names are answered; a body beyond `max_body_bytes` gets 413, a foreign POST 403.

    Returns the token that every changing request must carry, as the form field `csrf` or the header `X-CSRF`.
    Templates have it as `csrf_token`.
    """
    token = secrets.token_urlsafe(24)
    app.config.update(
        TRUSTED_HOSTS=list(hosts),
        MAX_CONTENT_LENGTH=max_body_bytes,
        MAX_FORM_MEMORY_SIZE=max_body_bytes,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
    )

    def refuse() -> None:
        # Flask itself looks only when a view reads the body
        if (flask.request.content_length or 0) > max_body_bytes:
            flask.abort(413)
        if is_foreign(flask.request, token):
            flask.abort(403)

    app.before_request(refuse)
    app.after_request(set_headers)
    app.jinja_env.globals["csrf_token"] = token
    return token
