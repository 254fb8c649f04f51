"""The addresses of the bench page: who may be put before the camera, and what pins and screen answer."""

from collections.abc import Callable

import flask
from flask.typing import ResponseReturnValue

from kiosk.web.feed import Feed
from kiosk.web.pages import new_app
from kiosk.web.ports import Bench
from kiosk.web.settings import PageSettings

# a photograph as a telephone makes it
MAX_IMAGE_BYTES = 12 * 1024 * 1024


# (how many slips were printed, the last one as PNG), None before the first
LastSlip = Callable[[], tuple[int, bytes] | None]


def create_bench_app(
    feed: Feed,
    bench: Bench,
    settings: PageSettings | None = None,
    last_slip: LastSlip = lambda: None,
) -> flask.Flask:
    """The bench page. Nothing is opened here."""
    settings = settings or PageSettings()
    app = new_app("bench", settings, max_body_bytes=MAX_IMAGE_BYTES)
    app.register_blueprint(_page(feed, bench, settings, last_slip))
    app.register_blueprint(_hands(bench))
    return app


def _page(feed: Feed, bench: Bench, settings: PageSettings, last_slip: LastSlip) -> flask.Blueprint:
    pages = flask.Blueprint("bench", __name__)

    @pages.get("/")
    def page() -> str:
        return flask.render_template(
            "bench/bench.html",
            venue=settings.venue_name,
            visitors=bench.visitors(),
            links=bench.links(),
            pins=bench.pins(),
        )

    @pages.get("/now.json")
    def now() -> ResponseReturnValue:
        """Pins and screen at this moment; asked for ten times a second, so as small as can be."""
        state = (feed.last() or {}) if feed.is_fresh() else {}
        shown = {key: state.get(key) for key in ("seq", "screen", "reason", "scan_to_light_ms")}
        printed = last_slip()
        return flask.jsonify(pins=bench.pins(), shown=shown, slip=printed[0] if printed else 0)

    @pages.get("/slip-<int:number>.png")
    def slip(number: int) -> ResponseReturnValue:
        """The paper in the simulated printer: the last slip only, by its number so that no old one is shown."""
        printed = last_slip()
        if printed is None or printed[0] != number:
            return "", 404
        return flask.Response(printed[1], mimetype="image/png")

    return pages


def _hands(bench: Bench) -> flask.Blueprint:
    """What a hand does before the camera. Each answers 204, or 400 with what was wrong."""
    pages = flask.Blueprint("hands", __name__)

    @pages.post("/show")
    def show() -> ResponseReturnValue:
        try:
            bench.show(flask.request.form.get("visitor", ""))
        except KeyError:
            return "There is no such visitor.", 400
        return "", 204

    @pages.post("/image")
    def image() -> ResponseReturnValue:
        try:
            bench.show_image(flask.request.get_data(cache=False))
        except ValueError:
            return "This file is not a picture that can be read: take PNG or JPEG.", 400
        return "", 204

    @pages.post("/clear")
    def clear() -> ResponseReturnValue:
        bench.clear()
        return "", 204

    return pages
