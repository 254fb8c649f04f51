"""The report of a day to look at and to take away. Drawn up anew each time it is asked for: late data are in it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import flask
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from collector.access.roles import Right
from collector.days import ZONE
from collector.office.guard import needs
from collector.statistics import charts, tables, words
from collector.statistics.desk import FORMATS, TYPES, ReportDesk
from collector.statistics.shapes import DayReport


def report_pages(desk: ReportDesk, now: Callable[[], datetime]) -> flask.Blueprint:
    pages = flask.Blueprint("report", __name__)

    def drawn(day: str) -> DayReport:
        asked = _day(day)
        if asked is None or asked > now().astimezone(ZONE).date():
            flask.abort(404)
        return desk.draw_up(asked, now())

    @pages.get("/report")
    @needs(Right.SEE)
    def latest() -> ResponseReturnValue:
        asked = _day(flask.request.args.get("day", ""))
        day = asked or desk.latest(now().astimezone(ZONE).date())
        return flask.redirect(flask.url_for("report.of_day", day=day.isoformat()))

    @pages.get("/report/<day>")
    @needs(Right.SEE)
    def of_day(day: str) -> str:
        report = drawn(day)
        return flask.render_template(
            "report.html",
            report=report,
            words=words,
            figures=[tables.headline(report), tables.venue_headline(report)],
            smaller=[tables.how_declared(report), tables.what_is_not_here(report)],
            tables=tables.all_tables(report),
            # our own text, names escaped in it
            trend=Markup(charts.trend(report.trend)),  # noqa: S704
            districts=Markup(charts.silent_by_district(report.districts)),  # noqa: S704
            before=report.day - timedelta(days=1),
            after=report.day + timedelta(days=1),
            is_last=report.day >= now().astimezone(ZONE).date(),
        )

    @pages.get("/report/<day>/file.<kind>")
    @needs(Right.SEE)
    def file(day: str, kind: str) -> ResponseReturnValue:
        if kind not in FORMATS:
            flask.abort(404)
        response = flask.make_response(FORMATS[kind](drawn(day)))
        response.mimetype = TYPES[kind]
        name = f"bao-cao-{day}.{kind}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    return pages


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
