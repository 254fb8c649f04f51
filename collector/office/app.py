"""One page that shows visits arriving and how each kiosk is doing."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, Response, render_template

from collector.ledger.port import Arrival, KioskState, Ledger

SHOWN_VISITS = 30
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_WORDS = {
    "accepted": ("Được vào", "accepted"),
    "missing": ("Chưa khai báo", "missing"),
    "refer": ("Gặp nhân viên", "refer"),
    "in": ("Vào", "in"),
    "out": ("Ra", "out"),
    "unknown": ("Chưa rõ", "unknown"),
}


def create_office_app(ledger: Ledger, zone: ZoneInfo, inbox_state: Callable[[], str]) -> Flask:
    """`inbox_state` tells by name how the inbox is doing."""
    app = Flask(__name__)
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.jinja_env.filters["local"] = lambda at: _local(at, zone)
    app.jinja_env.filters["words"] = lambda word: _WORDS.get(word, (word, word))

    @app.get("/")
    def page() -> str:
        return render_template("office.html", **_facts(ledger, inbox_state))

    @app.get("/arriving")
    def arriving() -> str:
        """The moving part of the page, fetched again by it every second."""
        return render_template("arriving.html", **_facts(ledger, inbox_state))

    @app.after_request
    def _guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app


def _facts(ledger: Ledger, inbox_state: Callable[[], str]) -> dict[str, object]:
    kiosks: list[KioskState] = ledger.kiosks()
    visits: list[Arrival] = ledger.latest(SHOWN_VISITS)
    totals = {
        name: sum(getattr(kiosk, name) for kiosk in kiosks)
        for name in ("accepted", "missing", "refer")
    }
    return {"kiosks": kiosks, "visits": visits, "totals": totals, "inbox": inbox_state()}


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d/%m/%Y %H:%M:%S}" if at else "–"
