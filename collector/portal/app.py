"""The pages as one application: public, without an account, without a script."""

import hashlib
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from collector.portal.declaring import create_declaring
from collector.portal.phone import Portal
from collector.portal.place import create_place
from collector.portal.safety import keep_to
from collector.portal.words import translated
from kiosk.languages import NAMES

_ROOT = Path(__file__).parent
SAID = {
    404: "This place is not known",
    429: "Too many at once. Please wait a minute",
    503: "Out of service, please try again later",
}
_RETRY_S = {429: 60, 503: 60}


class _Portal(flask.Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Which error, and where. Not its message: that may quote what somebody typed."""
        kind, _, trace = exc_info
        self.logger.error("%s\n%s", kind.__name__, "".join(traceback.format_tb(trace)))


def create_portal_app(portal: Portal) -> flask.Flask:
    """Nothing is opened here."""
    app = _Portal(__name__, root_path=str(_ROOT))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    keep_to(app, portal.rules)

    @cache
    def asset(file: str) -> str:
        digest = hashlib.sha256((_ROOT / "static" / file).read_bytes()).hexdigest()
        return f"{app.static_url_path}/{file}?v={digest[:12]}"

    app.jinja_env.globals.update(t=translated, asset=asset, LANGUAGES=NAMES)
    app.register_blueprint(create_place(portal))
    app.register_blueprint(create_declaring(portal))

    @app.get("/")
    def nowhere() -> ResponseReturnValue:
        return flask.render_template(
            "portal/error.html", said="Please scan the code at the entrance"
        )

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        """Nobody is left standing before an error: the page says what to do, in three languages."""
        code = error.code or 500
        venue = (flask.request.view_args or {}).get("venue", "")
        known = code != 404 and portal.venues.find(venue) is not None
        page = flask.render_template(
            "portal/error.html",
            said=SAID.get(code, "Please start again"),
            venue=venue if known else "",
        )
        retry = {"Retry-After": str(_RETRY_S[code])} if code in _RETRY_S else {}
        return page, code, retry

    return app
