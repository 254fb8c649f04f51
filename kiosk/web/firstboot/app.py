"""The addresses of a new kiosk's page. It decides nothing: it shows how far joining has come, and reports touches."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import flask
from flask.typing import ResponseReturnValue

from kiosk.web.firstboot import words
from kiosk.web.pages import new_app
from kiosk.web.settings import PageSettings

# the display is started anew when its page has not asked for so long
SILENT_S = 30.0


class Boot(Protocol):
    """kiosk.enrol.firstboot.FirstBoot, and its View."""

    view: Any

    def answer(self, stage: Any, answer: Any) -> None: ...


def create_firstboot_app(
    boot: Boot,
    parse: Callable[[str, str], tuple[Any, Any]],
    settings: PageSettings,
    now: Callable[[], datetime],
) -> flask.Flask:
    """`parse` gives stage and answer of two words, or raises ValueError. Nothing is opened here."""
    app = new_app("firstboot", settings)
    zone = ZoneInfo(settings.time_zone)
    heard_at_s = time.monotonic() - 2 * SILENT_S

    @app.get("/")
    def page() -> str:
        return flask.render_template(
            "firstboot/firstboot.html",
            view=boot.view,
            words=words,
            clock=f"{now().astimezone(zone):%d/%m/%Y %H:%M}",
        )

    @app.get("/number")
    def number() -> ResponseReturnValue:
        """Of what is shown: the page asks twice a second and comes anew when it has changed."""
        nonlocal heard_at_s
        heard_at_s = time.monotonic()
        return str(boot.view.number), {"Content-Type": "text/plain"}

    @app.post("/answer")
    def answer() -> ResponseReturnValue:
        form = flask.request.form
        try:
            boot.answer(*parse(form.get("stage", ""), form.get("answer", "")))
        except ValueError:
            flask.abort(400)
        return flask.redirect("/", 303)

    @app.get("/status.json")
    def status() -> ResponseReturnValue:
        """What `kiosk display` asks."""
        alive = time.monotonic() - heard_at_s < SILENT_S
        return flask.jsonify({"screen": "firstboot", "page": "alive" if alive else "absent"})

    return app
