"""The pages of the office: visits as they arrive, the registry, accounts. Each says for whom it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import flask
from flask.typing import ResponseReturnValue

from collector.access.door import Door
from collector.access.roles import Right
from collector.audit.sqlite_audit import AuditLog
from collector.cases.release_desk import ReleaseDesk
from collector.commanding import CommandDesk
from collector.days import day_of, local_text, ms_of
from collector.errors import LedgerError
from collector.ledger.port import Answers, KioskState
from collector.office.account_pages import account_pages
from collector.office.audit_pages import audit_pages
from collector.office.case_pages import case_pages
from collector.office.fleet_pages import fleet_pages
from collector.office.guard import asked_by_itself, guard, needs
from collector.office.people_pages import people_pages
from collector.office.registry_pages import RegistryDesk, registry_pages
from collector.office.report_pages import report_pages
from collector.office.trace_pages import trace_pages
from collector.office.words import VERDICTS, both
from collector.people.desk import PeopleDesk
from collector.statistics.desk import ReportDesk
from collector.tracing.desk import TraceDesk
from kiosk.web.safety import protect

SHOWN_VISITS = 15
HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Staffed:
    """What an office with people has. `hosts` are names beside this machine's own; with `open_here` the page of visits
    needs no account. `tracing` is None where nobody traces."""

    door: Door
    desk: RegistryDesk
    hosts: Sequence[str] = ()
    open_here: bool = False
    tracing: TraceDesk | None = None
    releases: ReleaseDesk | None = None
    audit: AuditLog | None = None
    people: PeopleDesk | None = None
    reports: ReportDesk | None = None
    commands: CommandDesk | None = None


def create_office_app(
    answers: Answers,
    inbox_state: Callable[[], str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    staffed: Staffed | None = None,
) -> flask.Flask:
    """`inbox_state` tells by name how the inbox is doing. Nothing is opened here. Where nobody has an account there is
    the page of visits and nothing else."""
    app = flask.Flask(__name__)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["has_tracing"] = staffed is not None and staffed.tracing is not None
    app.jinja_env.globals["has_cases"] = staffed is not None and staffed.releases is not None
    app.jinja_env.globals["has_reports"] = staffed is not None and staffed.reports is not None
    app.jinja_env.globals["has_people"] = staffed is not None and staffed.people is not None
    app.jinja_env.globals["has_audit"] = staffed is not None and staffed.audit is not None
    app.jinja_env.filters.update(
        local=local_text,
        both=both,
        pair=lambda text: (text, text),
        id_and_name=lambda one: (one.id, one.name),
    )
    if staffed is None:
        protect(app, hosts=HOSTS)
    else:
        app.register_blueprint(account_pages(staffed.door, now))
        app.register_blueprint(registry_pages(staffed.desk))
        app.register_blueprint(fleet_pages(answers, staffed.desk.registry, now, staffed.commands))
        if staffed.tracing is not None:
            app.register_blueprint(trace_pages(staffed.tracing))
        if staffed.releases is not None:
            app.register_blueprint(case_pages(staffed.releases))
        if staffed.reports is not None:
            app.register_blueprint(report_pages(staffed.reports, now))
        if staffed.people is not None:
            app.register_blueprint(people_pages(staffed.people))
        if staffed.audit is not None:
            app.register_blueprint(audit_pages(staffed.audit))
        always = ("page", "live") if staffed.open_here else ()
        guard(app, staffed.door, [*HOSTS, *staffed.hosts], now, always)

    def facts() -> dict[str, object]:
        kiosks = answers.kiosks(day_of(ms_of(now())))
        return {
            "inbox": inbox_state(),
            "kiosks": kiosks,
            "today": _totals(kiosks),
            "visits": answers.latest(SHOWN_VISITS),
        }

    @app.get("/")
    @needs(Right.SEE)
    def page() -> str:
        return flask.render_template("office.html", **facts())

    @app.get("/live")
    @needs(Right.SEE)
    @asked_by_itself
    def live() -> ResponseReturnValue:
        """The moving part, asked for again by the page every second; 304 while nothing has moved."""
        response = flask.make_response(flask.render_template("live.html", **facts()))
        response.add_etag()
        return response.make_conditional(flask.request)

    @app.errorhandler(LedgerError)
    def no_ledger(_: LedgerError) -> ResponseReturnValue:
        """Said in the place where the figures would be. The reason stands in the log."""
        moving = flask.request.endpoint == "live"
        template = "no_ledger.html" if moving else "office.html"
        return flask.render_template(template, kiosks=None), HTTPStatus.SERVICE_UNAVAILABLE

    return app


def _totals(kiosks: list[KioskState]) -> dict[str, int]:
    """Today's visits of all kiosks: the three verdicts there are, and any that a newer kiosk may bring."""
    totals = dict.fromkeys(VERDICTS, 0)
    for kiosk in kiosks:
        for verdict, visits in kiosk.today.items():
            totals[verdict] = totals.get(verdict, 0) + visits
    return totals
