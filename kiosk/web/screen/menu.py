"""The staff menu on the kiosk's own screen: a corner held for three seconds, then a PIN. Left alone it goes away."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import flask
import segno
from flask.typing import ResponseReturnValue

from kiosk.domain.staff_act import Act, ActKind, Done
from kiosk.web.safety.staff_book import StaffBook, StaffError, StaffRole

OPEN_S = 120.0
_MANAGERS = frozenset({ActKind.RESTART, ActKind.SHUT_DOWN})
SHOWN = (ActKind.LIGHTS, ActKind.PAUSE, ActKind.RESUME, ActKind.RESTART, ActKind.SHUT_DOWN)


@dataclass(frozen=True, slots=True)
class MenuParts:
    """`addresses` are what a phone opens; none where the staff pages are switched off. `shut_down` is called once the
    act is on the disk."""

    book: StaffBook
    act: Callable[[Act], Done]
    status: Callable[[], Mapping[str, object]]
    addresses: Sequence[str] = ()
    fingerprint: str = ""
    shut_down: Callable[[], None] = lambda: None
    now_s: Callable[[], float] = time.monotonic


@dataclass
class _Opened:
    """Whoever gave their PIN last, for two minutes: there is one screen."""

    token: str = field(default="", repr=False)
    person: str = ""
    role: StaffRole = StaffRole.GUARD
    until_s: float = 0.0


def menu_pages(parts: MenuParts) -> flask.Blueprint:
    pages = flask.Blueprint("menu", __name__, url_prefix="/menu")
    opened = _Opened()

    def asks(trouble: str = "", wait_s: int = 0, status: int = 200) -> ResponseReturnValue:
        book = parts.book
        page = flask.render_template(
            "screen/menu_pin.html",
            people=book.people(),
            first_pin=book.first_pin,
            trouble=trouble,
            wait_s=wait_s,
        )
        return page, status

    def shows(said: str = "") -> str:
        status = parts.status()
        may = [kind for kind in SHOWN if kind not in _MANAGERS or opened.role is StaffRole.MANAGER]
        address = parts.addresses[0] if parts.addresses else ""
        return flask.render_template(
            "screen/menu.html",
            token=opened.token,
            kinds=may,
            said=said,
            addresses=parts.addresses,
            qr=_modules(address) if address else [],
            fingerprint=parts.fingerprint,
            troubles=_troubles(status),
        )

    @pages.get("")
    def pin() -> ResponseReturnValue:
        return asks()

    @pages.post("")
    def open_menu() -> ResponseReturnValue:
        person = flask.request.form.get("person", "")
        try:
            token = parts.book.sign_in(person, flask.request.form.get("pin", ""))
        except StaffError as error:
            _, _, wait_s = str(error).partition("wait:")
            if wait_s:
                return asks("Too many wrong PINs. Please wait", int(wait_s), 429)
            return asks(str(error), status=403)
        known = parts.book.who(token)
        parts.book.sign_out(token)  # this screen keeps no session
        if known is None:
            return asks()
        opened.token, opened.person, opened.role = secrets.token_urlsafe(16), known.id, known.role
        opened.until_s = parts.now_s() + OPEN_S
        parts.act(Act(ActKind.SIGN_IN, known.id, "pin"))
        return shows()

    @pages.post("/do")
    def do() -> ResponseReturnValue:
        token = flask.request.form.get("token", "")
        is_open = opened.token and parts.now_s() < opened.until_s
        if not (is_open and secrets.compare_digest(token.encode(), opened.token.encode())):
            return asks()
        try:
            kind = ActKind(flask.request.form.get("kind", ""))
        except ValueError:
            flask.abort(400)
        if kind not in SHOWN or (kind in _MANAGERS and opened.role is not StaffRole.MANAGER):
            flask.abort(403)
        done = parts.act(Act(kind, opened.person, _REASON.get(kind, "")))
        if done is Done.SAVED and kind is ActKind.SHUT_DOWN:
            parts.shut_down()
        return shows(_SAID[done])

    return pages


_SAID = {
    Done.SAVED: "Saved",
    Done.NOT_SAVED: "Not saved. Try again",
    Done.BUSY: "Somebody stands at the door. Try again in a moment",
    Done.UNKNOWN: "Not known yet whether it was saved. Look at the door",
}
_REASON = {
    ActKind.LIGHTS: "tried",
    ActKind.PAUSE: "other",
    ActKind.RESUME: "open",
    ActKind.RESTART: "page",
    ActKind.SHUT_DOWN: "safely",
}


def _modules(address: str) -> list[tuple[int, int]]:
    """The dark modules (x, y) of the address's QR, to be drawn."""
    matrix = segno.make_qr(address, error="m").matrix
    return [(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark]


def _troubles(status: Mapping[str, object]) -> list[str]:
    """Faults, notes and the state of the line, by name."""
    found: list[str] = []
    for name in ("faults", "notes"):
        value = status.get(name, ())
        found += [str(one) for one in value] if isinstance(value, (list, tuple)) else []
    return [*found, f"uplink: {status.get('uplink', '?')}"]
