"""The fleet: every device with how it stands, to filter, to take away as CSV, and one by one."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

import flask
from flask.typing import ResponseReturnValue

from collector import csv_text, fleet
from collector.access.roles import Right
from collector.commanding import CommandDesk
from collector.days import day_of, local_text, ms_of
from collector.fleet import Device, Standing, Wanted
from collector.ledger.port import Answers
from collector.office.command_pages import NAMES, command_pages, told
from collector.office.guard import needs, who
from collector.registry.port import Registry

PAGE = 100
_HEADINGS = (
    *("Mã thiết bị / kiosk", "Mã cơ sở / venue id", "Cơ sở / venue", "Huyện cũ / old district"),
    *("Cửa / door", "Tình trạng / state", "Liên lạc lần cuối / last heard", "Chờ gửi / waiting"),
    *("Lượt hôm nay / visits today", "Lượt cuối / last visit", "Thiếu / missing"),
    "Phiên bản / release",
)


def fleet_pages(
    answers: Answers,
    registry: Registry,
    now: Callable[[], datetime],
    commands: CommandDesk | None = None,
) -> flask.Blueprint:
    pages = flask.Blueprint("fleet", __name__)

    def all_devices() -> list[Device]:
        at = now()
        venues = {venue.id: venue for venue in registry.venues()}
        return fleet.devices(answers.kiosks(day_of(ms_of(at))), registry.kiosks(), venues, at)

    @pages.get("/fleet")
    @needs(Right.SEE)
    def devices() -> str:
        wanted, asked = _wanted(flask.request.args)
        every = all_devices()
        found = fleet.chosen(every, wanted)
        counts = Counter(each.standing for each in every)
        page = max(1, int(text) if (text := flask.request.args.get("page", "")).isdecimal() else 1)
        return flask.render_template(
            "fleet.html",
            devices=found[(page - 1) * PAGE : page * PAGE],
            count=len(found),
            page=page,
            size=PAGE,
            asked=asked,
            districts=registry.districts(),
            standings={one.value: one.words for one in Standing},
            totals={one: counts[one] for one in Standing},
        )

    @pages.get("/fleet.csv")
    @needs(Right.SEE)
    def as_csv() -> ResponseReturnValue:
        wanted, _ = _wanted(flask.request.args)
        rows = map(_row, fleet.chosen(all_devices(), wanted))
        response = flask.Response(csv_text.lines([_HEADINGS, *rows]), mimetype="text/csv")
        response.headers["Content-Disposition"] = "attachment; filename=thiet-bi.csv"
        return response

    @pages.get("/fleet/<kiosk>")
    @needs(Right.SEE)
    def device(kiosk: str) -> ResponseReturnValue:
        found = next((one for one in all_devices() if one.kiosk == kiosk), None)
        if found is None:
            flask.abort(404)
        passed = answers.passed(kiosk, day_of(ms_of(now())))
        may_ask = commands is not None and who().may(Right.COMMAND)
        asked = {"names": NAMES, **told(commands, kiosk)} if commands and may_ask else {}
        return flask.render_template("device.html", device=found, passed=passed, **asked)

    def is_known(kiosk: str) -> bool:
        return any(one.kiosk == kiosk for one in all_devices())

    if commands is not None:
        command_pages(pages, is_known, commands)
    return pages


def _wanted(args: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    asked = {name: args.get(name, "") for name in ("q", "district", "standing", "only")}
    standing = Standing(asked["standing"]) if asked["standing"] in set(Standing) else None
    wanted = Wanted(
        asked["q"].strip()[:100],
        asked["district"],
        standing,
        silent=asked["only"] == "silent",
        behind=asked["only"] == "behind",
    )
    return wanted, asked


def _row(device: Device) -> list[str]:
    return [
        *(device.kiosk, device.venue, device.venue_name, device.district, device.door),
        str(device.standing.words),
        local_text(device.since) if device.since else "",
        *(str(device.waiting), str(device.today)),
        local_text(device.last_visit_at) if device.last_visit_at else "",
        *(str(device.missing), device.release),
    ]
