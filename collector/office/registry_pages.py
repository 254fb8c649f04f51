"""The registry to look at and to change: venues, organisations, kiosks, stays, lists, posters, enrolment codes."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from collector.access.roles import Right
from collector.both import Both
from collector.errors import CollectorError
from collector.office.enrolment_pages import enrolment_pages
from collector.office.guard import needs, takes_bytes
from collector.registry import enrolment, entries, exchange, poster, sheets, words
from collector.registry.entries import Fault
from collector.registry.port import Registry, VenueFilter
from collector.registry.shapes import VenueState, VenueType
from kiosk.questions.places import all_places
from kiosk.wire.check_words import words_of

PAGE = 50
# of the faults of a list; the file has the others too, and a page of ten thousand helps nobody
SHOWN_FAULTS = 200


@dataclass(frozen=True, slots=True)
class RegistryDesk:
    """`site` raises CollectorError while what codes need is not set up."""

    registry: Registry
    portal_address: str
    site: Callable[[], enrolment.Site]
    now: Callable[[], datetime]


def registry_pages(desk: RegistryDesk) -> flask.Blueprint:
    pages = flask.Blueprint("registry", __name__)
    registry = desk.registry

    @pages.get("/venues")
    @needs(Right.SEE)
    def venues() -> str:
        wanted, asked = _filter(flask.request.args)
        at = max(1, _number(flask.request.args.get("page", "1")))
        return flask.render_template(
            "venues.html",
            venues=registry.venues(wanted, (at - 1) * PAGE, PAGE),
            count=registry.count_venues(wanted),
            page=at,
            size=PAGE,
            asked=asked,
            organisations={one.id: one for one in registry.organisations()},
            districts=registry.districts(),
            **_vocabulary(),
        )

    @pages.get("/venues/<venue>")
    @needs(Right.SEE)
    def venue(venue: str) -> ResponseReturnValue:
        found = registry.venue(venue) or flask.abort(404)
        return flask.render_template(
            "venue.html",
            venue=found,
            cells=sheets.VENUES.write(found),
            organisation=registry.organisation(found.organisation),
            stay_min=found.stay_min or registry.stays_min()[found.type],
            kiosks=registry.kiosks(found.id),
            has_poster=bool(desk.portal_address),
            **_vocabulary(),
        )

    @pages.get("/venues/<venue>/poster.<kind>")
    @needs(Right.REGISTER)
    def venue_poster(venue: str, kind: str) -> ResponseReturnValue:
        found = registry.venue(venue) or flask.abort(404)
        if kind not in ("pdf", "svg"):
            flask.abort(404)
        drawing = poster.draw(found, desk.portal_address)
        content = poster.pdf(drawing) if kind == "pdf" else poster.svg(drawing)
        return _file(content, f"{found.id}.{kind}", _TYPES[kind])

    _editor(pages, desk, "venues", registry.venue)
    _editor(pages, desk, "organisations", registry.organisation)
    _editor(pages, desk, "kiosks", registry.kiosk)

    @pages.get("/organisations")
    @needs(Right.SEE)
    def organisations() -> str:
        return flask.render_template(
            "organisations.html", organisations=registry.organisations(), **_vocabulary()
        )

    @pages.get("/kiosks")
    @needs(Right.SEE)
    def kiosks() -> str:
        admitted = {one.kiosk: words_of(one.key_hash) for one in registry.admissions()}
        return flask.render_template("kiosks.html", kiosks=registry.kiosks(), words=admitted)

    @pages.post("/kiosks/<kiosk>/remove")
    @needs(Right.REGISTER)
    def remove_kiosk(kiosk: str) -> ResponseReturnValue:
        registry.remove_kiosk(kiosk)
        return flask.redirect(flask.url_for("registry.kiosks"))

    enrolment_pages(pages, desk.registry, desk.site, desk.now)

    @pages.get("/stays")
    @needs(Right.REGISTER)
    def stays() -> str:
        return flask.render_template("stays.html", stays=registry.stays_min(), **_vocabulary())

    @pages.post("/stays")
    @needs(Right.REGISTER)
    def set_stays() -> ResponseReturnValue:
        typed = {kind: flask.request.form.get(kind, "") for kind in VenueType}
        minutes = {kind: entries.stay_minutes(text) for kind, text in typed.items()}
        wrong = {kind for kind, number in minutes.items() if number is None}
        if wrong:
            page = flask.render_template("stays.html", stays=typed, wrong=wrong, **_vocabulary())
            return page, 400
        for kind, number in minutes.items():
            if number is not None and number != registry.stays_min()[kind]:
                registry.put_stay(kind, number)
        return flask.redirect(flask.url_for("registry.stays"))

    @pages.get("/lists/<name>.csv")
    @needs(Right.REGISTER)
    def export(name: str) -> ResponseReturnValue:
        _list_called(name)
        wanted, _ = _filter(flask.request.args)
        content = "".join(exchange.lines(registry, name, wanted)).encode()
        return _file(content, f"{name}.csv", "text/csv; charset=utf-8")

    @pages.get("/lists/<name>/import")
    @needs(Right.REGISTER)
    def import_page(name: str) -> str:
        return flask.render_template("import.html", name=name, sheet=_list_called(name))

    @pages.post("/lists/<name>/import")
    @needs(Right.REGISTER)
    @takes_bytes(sheets.MAX_BYTES + 64 * 1024)
    def import_now(name: str) -> ResponseReturnValue:
        sheet = _list_called(name)
        file = flask.request.files.get("file")
        content = file.read() if file else b""
        try:
            taken = exchange.take_in(registry, name, content)
        except sheets.SheetError as error:
            page = flask.render_template(
                "import.html",
                name=name,
                sheet=sheet,
                faults=error.faults[:SHOWN_FAULTS],
                count=len(error.faults),
            )
            return page, 400
        return flask.render_template("import.html", name=name, sheet=sheet, taken=taken)

    @pages.errorhandler(CollectorError)
    def cannot(error: CollectorError) -> ResponseReturnValue:
        """The reason is ours and names no person."""
        return flask.render_template("message.html", kind="cannot", reason=str(error)), 503

    return pages


_TYPES = {"pdf": "application/pdf", "svg": "image/svg+xml"}
_Found = Callable[[str], Any]


def _editor(pages: flask.Blueprint, desk: RegistryDesk, name: str, found: _Found) -> None:
    """A form to add and to change one entry: the same columns and the same checks as a list."""
    sheet = exchange.SHEETS[name]

    def page(cells: Mapping[str, str], faults: list[Fault], entry: str) -> str:
        return flask.render_template(
            "entry.html",
            name=name,
            sheet=sheet,
            cells=cells,
            faults={fault.field: fault.said for fault in faults},
            entry=entry,
            edition=_edition(sheet.write(found(entry))) if entry else "",
            organisations=desk.registry.organisations(),
            **_vocabulary(),
        )

    @pages.get(f"/{name}/new", endpoint=f"new_{name}")
    @needs(Right.REGISTER)
    def new() -> str:
        return page({"venue": flask.request.args.get("venue", "")}, [], "")

    @pages.get(f"/{name}/<entry>/edit", endpoint=f"edit_{name}")
    @needs(Right.REGISTER)
    def edit(entry: str) -> str:
        return page(sheet.write(found(entry) or flask.abort(404)), [], entry)

    @pages.post(f"/{name}/new", endpoint=f"add_{name}")
    @pages.post(f"/{name}/<entry>/edit", endpoint=f"change_{name}")
    @needs(Right.REGISTER)
    def save(entry: str = "") -> ResponseReturnValue:
        cells = {column: flask.request.form.get(column, "") for column in sheet.columns}
        if entry:
            # an id stands on posters and in certificates: it does not change
            cells["id"] = (found(entry) or flask.abort(404)).id
            if _edition(sheet.write(found(entry))) != flask.request.form.get("edition"):
                return page(sheet.write(found(entry)), [Fault("", _CHANGED)], entry), 409
        made, faults = sheet.read(cells, exchange.known(desk.registry))
        if not entry and made is not None and found(made.id) is not None:
            made, faults = None, [Fault("id", _TAKEN)]
        if made is None:
            return page(cells, faults, entry), 400
        desk.registry.put(**{name: [made]})
        if name == "organisations":
            return flask.redirect(flask.url_for("registry.organisations"))
        own = made.venue if name == "kiosks" else made.id
        return flask.redirect(flask.url_for("registry.venue", venue=own))


_TAKEN = Both("mã này đã có", "is taken already")
_CHANGED = Both(
    "Người khác vừa sửa mục này. Đây là nội dung mới: hãy sửa lại nếu cần.",
    "Somebody else has just changed this. Here is how it stands now: change it again if need be.",
)


def _edition(cells: Mapping[str, str]) -> str:
    """By which two people who change the same entry at once notice each other."""
    return hashlib.sha256(repr(sorted(cells.items())).encode()).hexdigest()[:16]


def _filter(asked: Mapping[str, str]) -> tuple[VenueFilter, dict[str, str]]:
    """What is not understood is left out, and not shown as if it had been asked."""
    type_, state, kiosk = asked.get("type", ""), asked.get("state", ""), asked.get("kiosk", "")
    wanted = VenueFilter(
        text=asked.get("q", "")[:100],
        type=VenueType(type_) if type_ in list(VenueType) else None,
        organisation=asked.get("organisation", ""),
        district=asked.get("district", ""),
        state=VenueState(state) if state in list(VenueState) else None,
        has_kiosk={"yes": True, "no": False}.get(kiosk),
    )
    shown = {
        "q": wanted.text,
        "type": wanted.type or "",
        "organisation": wanted.organisation,
        "district": wanted.district,
        "state": wanted.state or "",
        "kiosk": kiosk if wanted.has_kiosk is not None else "",
    }
    return wanted, {name: value for name, value in shown.items() if value}


def _vocabulary() -> dict[str, Any]:
    return {
        "types": words.TYPES,
        "states": words.STATES,
        "kinds": words.KINDS,
        "commune_of": all_places().by_code,
    }


def _list_called(name: str) -> sheets.Sheet[Any]:
    found: sheets.Sheet[Any] = exchange.SHEETS.get(name) or flask.abort(404)
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def _file(content: bytes, name: str, kind: str) -> flask.Response:
    response = flask.Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
