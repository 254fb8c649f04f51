"""How every application of ours begins: the templates, the static files under their content's hash, the safety."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import flask
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from kiosk.languages import NAMES
from kiosk.web.catalogue import load_catalogues
from kiosk.web.safety import FIELD, MAX_BODY_BYTES, protect
from kiosk.web.settings import PageSettings

_ROOT = Path(__file__).parent


def new_app(
    name: str,
    settings: PageSettings,
    *,
    max_body_bytes: int = MAX_BODY_BYTES,
    token_now: Callable[[], str] | None = None,
) -> flask.Flask:
    """An application with no addresses yet. Where people sign in, `token_now` answers the token of their session.

    Its templates know `t(source, language, context="")`, `asset(file)`, `csrf_token` and `csrf_field()`.
    """
    app = flask.Flask(
        f"kiosk.web.{name}",
        root_path=str(_ROOT),
        static_folder="static",
        template_folder="templates",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    token = protect(app, hosts=settings.hosts, max_body_bytes=max_body_bytes, token_now=token_now)
    catalogues = load_catalogues()

    def translated(source: str, language: str, context: str = "") -> str:
        return catalogues[language].text(source, context)

    @cache
    def content_hash(file: str) -> str:
        return hashlib.sha256((_ROOT / "static" / file).read_bytes()).hexdigest()[:12]

    def asset(file: str) -> str:
        return f"{app.static_url_path}/{file}?v={content_hash(file)}"

    def csrf_field() -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(
            FIELD, token_now() if token_now else token
        )

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        """Nobody is left standing before an error: the page says so and leads back by itself."""
        return flask.render_template("error.html"), error.code or 500

    app.jinja_env.globals.update(t=translated, asset=asset, csrf_field=csrf_field, LANGUAGES=NAMES)
    return app
