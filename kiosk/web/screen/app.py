"""The addresses of the visitor's screen. The page decides nothing: it shows the feed and reports touches back."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

import flask
from flask.typing import ResponseReturnValue

from kiosk.web.feed import Feed, FeedFull, State
from kiosk.web.pages import new_app
from kiosk.web.ports import Entrance
from kiosk.web.screen import words
from kiosk.web.screen.events import event, stream
from kiosk.web.screen.menu import MenuParts, menu_pages
from kiosk.web.settings import PageSettings


def create_screen_app(
    feed: Feed,
    entrance: Entrance,
    settings: PageSettings | None = None,
    form: flask.Blueprint | None = None,
    preview: Callable[[], bytes | None] | None = None,
    menu: MenuParts | None = None,
) -> flask.Flask:
    """The visitor's pages, with the declaration form when there is one. Nothing is opened here.

    `preview` gives the JPEG to aim by, None when there is none now; without it the page has no mirror.
    """
    settings = settings or PageSettings()
    app = new_app("screen", settings)
    app.register_blueprint(
        _shown(feed, settings, has_mirror=preview is not None, has_menu=menu is not None)
    )
    if preview is not None:
        app.register_blueprint(_mirrored(preview))
    app.register_blueprint(_touched(feed, entrance))
    app.register_blueprint(_for_staff(entrance, settings))
    app.register_blueprint(_measured(entrance))
    if form is not None:
        app.register_blueprint(form)
    if menu is not None:
        app.register_blueprint(menu_pages(menu))
    return app


def _measured(entrance: Entrance) -> flask.Blueprint:
    pages = flask.Blueprint("metrics", __name__)

    @pages.get("/metrics")
    def metrics() -> flask.Response:
        from kiosk.web.screen import metrics  # and with it Prometheus' library: where somebody asks

        return metrics.metrics(entrance.status())

    return pages


def _shown(
    feed: Feed, settings: PageSettings, *, has_mirror: bool, has_menu: bool
) -> flask.Blueprint:
    """The page, and what it is told."""
    pages = flask.Blueprint("screen", __name__)
    zone = ZoneInfo(settings.time_zone)

    def finish(state: State) -> State:
        return {**state, "now": f"{datetime.now(zone):%H:%M}", "age_s": round(feed.age_s(), 1)}

    @pages.get("/")
    def shell() -> str:
        return flask.render_template(
            "screen/screen.html",
            venue=settings.venue_name,
            words=words,
            has_mirror=has_mirror,
            has_menu=has_menu,
        )

    @pages.get("/events")
    def events() -> ResponseReturnValue:
        leave = ExitStack()
        try:
            subscription = leave.enter_context(feed.subscribe())
        except FeedFull:
            return "", 503
        lines = stream(
            feed,
            subscription,
            lambda state: event(finish(state)),
            flask.request.environ.get("waitress.client_disconnected", lambda: False),
            heartbeat_s=settings.heartbeat_s,
            stream_s=settings.stream_s,
        )
        answer = flask.Response(lines, mimetype="text/event-stream")
        # also when the reader is gone before the first line, and no line was ever asked for
        answer.call_on_close(leave.close)
        return answer

    @pages.get("/state.json")
    def state() -> ResponseReturnValue:
        last = feed.last()
        if last is None or not feed.is_fresh():
            return "", 503
        told = finish(last)
        answer = flask.Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")
        answer.set_etag(f"{told['boot']}-{told['seq']}-{told['now']}")
        return answer.make_conditional(flask.request)

    return pages


def _mirrored(preview: Callable[[], bytes | None]) -> flask.Blueprint:
    pages = flask.Blueprint("mirrored", __name__)

    @pages.get("/preview.jpg")
    def picture() -> ResponseReturnValue:
        jpeg = preview()
        return flask.Response(jpeg, mimetype="image/jpeg") if jpeg is not None else ("", 204)

    return pages


def _touched(feed: Feed, entrance: Entrance) -> flask.Blueprint:
    """What the page reports back."""
    pages = flask.Blueprint("touched", __name__)

    @pages.post("/beat")
    def beat() -> ResponseReturnValue:
        feed.page_heard()
        return "", 204

    @pages.post("/dismiss")
    def dismiss() -> ResponseReturnValue:
        last = feed.last()
        # a touch meant for a result that has been replaced since must not take away the next one's
        if last is not None and flask.request.form.get("seq") == str(last["seq"]):
            entrance.dismiss()
        return "", 204

    @pages.post("/call-staff")
    def call_staff() -> ResponseReturnValue:
        entrance.call_staff()
        return "", 204

    return pages


def _for_staff(entrance: Entrance, settings: PageSettings) -> flask.Blueprint:
    pages = flask.Blueprint("staff", __name__)

    @pages.get("/staff")
    def staff() -> str:
        return flask.render_template(
            "screen/staff.html", venue=settings.venue_name, status_words=words.STATUS
        )

    @pages.get("/status.json")
    def status() -> ResponseReturnValue:
        return flask.jsonify(entrance.status())

    return pages
