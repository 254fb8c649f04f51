"""Puts an application under the rules of this room."""

import secrets
from collections.abc import Callable, Sequence

import flask

from kiosk.web.safety.foreign import is_foreign
from kiosk.web.safety.headers import set_headers

MAX_BODY_BYTES = 64 * 1024
MAX_FORM_PARTS = 64


def protect(
    app: flask.Flask,
    *,
    hosts: Sequence[str],
    max_body_bytes: int = MAX_BODY_BYTES,
    token_now: Callable[[], str] | None = None,
) -> str:
    """Only these Host names are answered; a body beyond `max_body_bytes` gets 413, a foreign POST 403. A request may be
    let send more, by its `max_content_length`, before these rules look at it.

    Returns the token that every changing request must carry, as the form field `csrf` or the header `X-CSRF`.
    Templates have it as `csrf_token`. Where people sign in, `token_now` answers the token of this request's session.
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
        if (flask.request.content_length or 0) > (flask.request.max_content_length or 0):
            flask.abort(413)
        if is_foreign(flask.request, token_now() if token_now else token):
            flask.abort(403)

    app.before_request(refuse)
    app.after_request(set_headers)
    app.jinja_env.globals["csrf_token"] = token
    return token
