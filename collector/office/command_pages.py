"""What may be asked of one kiosk from its page, and what it has answered, in words. Part of the pages of the fleet."""

import json
from collections.abc import Callable

import flask
from flask.typing import ResponseReturnValue

from collector.access.roles import Right
from collector.both import Both
from collector.commanding import CommandDesk, Given
from collector.errors import CollectorError
from collector.office.guard import asked_by_itself, needs, who
from kiosk.wire.commands import CommandName

NAMES = {
    CommandName.IDENTIFY: Both("Nháy đèn để tìm máy", "Blink"),
    CommandName.PAUSE: Both("Tạm dừng cửa", "Pause the door"),
    CommandName.RESUME: Both("Mở lại cửa", "Go on"),
    CommandName.RESTART: Both("Khởi động lại chương trình", "Restart"),
    CommandName.DIAGNOSTICS: Both("Xem tình trạng máy", "Diagnostics"),
}
_WAITS = Both("Đang chờ máy trả lời", "Waiting for its answer")
_DONE = Both("Máy đã làm", "Done")
_UNANSWERED = Both(
    "Máy chưa trả lời trong hạn. Nếu đã làm, câu trả lời sẽ đến khi có mạng",
    "No answer in time. If it was done, the answer comes once it has its network",
)
_NOT_SENT = Both("Chưa gửi được: máy không nhận lệnh này", "Not sent: the kiosk never got it")
_REFUSED = {
    "expired": Both("Máy không làm: lệnh đến khi đã hết hạn", "Not done: it came too late"),
    "unknown": Both(
        "Máy không làm: phiên bản của máy không biết lệnh này",
        "Not done: its version does not know this command",
    ),
}


def command_pages(
    pages: flask.Blueprint, is_known: Callable[[str], bool], desk: CommandDesk
) -> None:
    @pages.post("/fleet/<kiosk>/ask")
    @needs(Right.COMMAND)
    def ask(kiosk: str) -> ResponseReturnValue:
        name = flask.request.form.get("name", "")
        if name not in set(CommandName):
            flask.abort(400)
        if not is_known(kiosk):
            flask.abort(404)
        try:
            desk.give(who().account.name, kiosk, CommandName(name))
        except CollectorError as error:
            page = flask.render_template("message.html", kind="cannot", reason=str(error))
            return page, 503
        return flask.redirect(flask.url_for("fleet.device", kiosk=kiosk, _anchor="asked"), 303)

    @pages.get("/fleet/<kiosk>/asked")
    @needs(Right.COMMAND)
    @asked_by_itself
    def asked(kiosk: str) -> str:
        """Asked by the page while an answer may still come."""
        return flask.render_template("asked.html", **told(desk, kiosk))


def told(desk: CommandDesk, kiosk: str) -> dict[str, object]:
    """For asked.html: each command that was given, with what became of it."""
    now, given = desk.now(), desk.given(kiosk)
    waits = any(each.is_sent and each.answer is None and now < each.until for each in given)
    rows = [
        (each, NAMES[CommandName(each.name)], _became(each, waits=now < each.until), _figures(each))
        for each in given
    ]
    return {"asked": rows, "waits": waits}


def _became(given: Given, *, waits: bool) -> Both:
    if not given.is_sent:
        return _NOT_SENT
    if given.answer is None:
        return _WAITS if waits else _UNANSWERED
    if given.answer.notice == "command_done":
        return _DONE
    why = given.answer.reason
    return _REFUSED.get(why, Both(f"Máy không làm: {why}", f"Not done: {why}"))


def _figures(given: Given) -> str:
    """The diagnostics line by line; what was cut off at the kiosk is shown as it came."""
    text = given.answer.diagnostics if given.answer is not None else ""
    try:
        figures = json.loads(text)
    except ValueError:
        return text
    if not isinstance(figures, dict):
        return text
    return "\n".join(
        f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in figures.items()
    )
