"""The audit, for officers and administrators: to be read, and nothing else."""

from datetime import date, datetime

import flask

from collector.access.roles import Right
from collector.audit.sqlite_audit import AuditLog
from collector.both import Both
from collector.errors import CollectorError
from collector.office.guard import needs

PAGE = 50
_ACTS = {
    "trace_asked": Both("Hỏi truy vết", "tracing asked"),
    "first_exported": Both("Xuất danh sách F1", "F1 exported"),
    "second_sized": Both("Đếm F2", "F2 counted"),
    "second_exported": Both("Xuất danh sách F2", "F2 exported"),
    "case_opened": Both("Mở ca", "case opened"),
    "case_closed": Both("Đóng ca", "case closed"),
    "release_asked": Both("Xin liên hệ", "contacts asked for"),
    "release_approved": Both("Duyệt", "approved"),
    "release_refused": Both("Từ chối", "refused"),
    "contacts_released": Both("Giao gói liên hệ", "contacts released"),
    "person_asked": Both("Người dân yêu cầu", "a person asks"),
    "person_shown": Both("Xem dữ liệu một người", "a person's data shown"),
    "person_corrected": Both("Sửa dữ liệu một người", "a person's data put right"),
    "person_erased": Both("Xóa dữ liệu một người", "a person erased"),
    "person_answered": Both("Đã trả lời người dân", "a person answered"),
    "retention_run": Both("Hết hạn lưu", "old events vanished"),
    "kiosk_asked": Both("Gửi lệnh cho thiết bị", "a kiosk asked"),
    "kiosk_not_asked": Both("Lệnh chưa gửi được", "the command was not sent"),
    "contacts_opened": Both("Đã mở liên hệ", "contacts opened"),
}


def audit_pages(audit: AuditLog) -> flask.Blueprint:
    pages = flask.Blueprint("audit", __name__)

    @pages.errorhandler(CollectorError)
    def cannot(error: CollectorError) -> tuple[str, int]:
        return flask.render_template("message.html", kind="cannot", reason=str(error)), 503

    @pages.get("/audit")
    @needs(Right.AUDIT)
    def log() -> str:
        arguments = flask.request.args
        asked = {name: arguments.get(name, "").strip() for name in ("act", "actor", "day")}
        day, before = _day(asked["day"]), _number(arguments.get("before", ""))
        is_faulty = bool(asked["day"]) and day is None
        found = audit.entries(asked["act"], asked["actor"].lower(), day, before, PAGE + 1)
        return flask.render_template(
            "audit.html",
            entries=found[:PAGE],
            older=found[PAGE - 1].number if len(found) > PAGE else None,
            asked=asked,
            is_faulty=is_faulty,
            acts=audit.acts(),
            names=_ACTS,
            head=audit.head(),
        )

    return pages


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
