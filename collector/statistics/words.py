"""The words of the report, Vietnamese and English."""

from datetime import date

from collector.both import Both
from collector.statistics.diagnosis import Cause

TITLE = Both("Báo cáo sử dụng hằng ngày", "Daily report of use")

CAUSES = {
    Cause.NEVER_ENROLLED: Both("Chưa lắp máy", "Never enrolled"),
    Cause.CLOSED: Both("Ngày nghỉ", "Closed hours"),
    Cause.SUSPICIOUS: Both("Quét đáng ngờ", "Suspicious pattern"),
    Cause.BACKLOG: Both("Mất mạng, còn lượt chờ gửi", "Offline with backlog"),
    Cause.OFF: Both("Máy tắt", "Kiosk off"),
    Cause.BLIND: Both("Camera không thấy", "Camera blind"),
    Cause.UNUSED: Both("Máy chạy, không ai quét", "Up but unused"),
}
# what whoever answers for the place is to do
REMEDIES = {
    Cause.NEVER_ENROLLED: Both("Lắp và ghi danh máy", "Set up and enrol a kiosk"),
    Cause.CLOSED: Both("Không cần làm gì", "Nothing to do"),
    Cause.SUSPICIOUS: Both(
        "Đến kiểm tra: một mã quét cả ngày, hoặc quét dồn nhanh hơn người đi qua",
        "Inspect: one code all day, or codes faster than people walk",
    ),
    Cause.BACKLOG: Both(
        "Sửa mạng, hoặc mang tệp về; lượt vẫn còn trong máy",
        "Mend the network or carry the file; visits are safe in the kiosk",
    ),
    Cause.OFF: Both("Bật máy, xem nguồn điện", "Switch it on, look at its power"),
    Cause.BLIND: Both("Lau, mở che, hoặc thay camera", "Clean, uncover or replace the camera"),
    Cause.UNUSED: Both("Nhắc người trực mời khách quét", "Remind staff to ask for scans"),
}

VISITS = Both("Lượt", "visits")
PEOPLE = Both("Người", "people")
ACCEPTED = Both("Được vào", "accepted")
MISSING = Both("Chưa khai báo", "no declaration")
REFER = Both("Gặp nhân viên", "to staff")
BY_FORM = Both("Khai tại máy", "by kiosk form")
BY_PHONE = Both("Khai bằng điện thoại", "by phone")
BY_PAPER = Both("Khai trên giấy", "on paper")
BY_PASS = Both("Có phiếu đã khai", "by pass")
REGISTERED = Both("Đã đăng ký", "registered")
WITH_KIOSK = Both("Có máy", "with kiosk")
ACTIVE = Both("Hoạt động", "active")
SILENT = Both("Im lặng", "silent")
DISTRICT = Both("Huyện cũ", "old district")
KIND = Both("Lĩnh vực", "kind of place")
ORGANISATION = Both("Cơ quan", "organisation")
VENUE = Both("Cơ sở", "venue")
RESPONSIBLE = Both("Phụ trách", "responsible")
DIAGNOSIS = Both("Vì sao im lặng", "why silent")
REMEDY = Both("Cần làm", "what to do")
LAST_VISIT = Both("Lượt cuối", "last visit")
DAY = Both("Ngày", "day")
TOLD = Both("Đã báo", "told before")
NOW = Both("Nay", "now")
BEFORE_7 = Both("7 ngày trước đó", "7 days before")
LAST_7 = Both("7 ngày qua", "last 7 days")
CHANGE = Both("Thay đổi", "change")
TREND = Both("Lượt trong 14 ngày", "Visits in 14 days")
SILENT_BY_DISTRICT = Both("Cơ sở im lặng theo huyện", "Silent venues by district")
SILENT_VENUES = Both("Cơ sở im lặng", "Silent venues")
IMPROVED = Both("Tăng nhiều nhất", "Most improved")
WORSENED = Both("Giảm nhiều nhất", "Fallen most")
LATE = Both("Số liệu đến muộn đã làm thay đổi", "What late data changed")
NOTHING_LATE = Both("Không có gì thay đổi", "Nothing changed")
NO_SILENT = Both("Không có cơ sở nào im lặng", "No venue is silent")
MISSING_EVENTS = Both("Sự kiện còn thiếu", "Missing events")
BEHIND = Both("Máy còn lượt chưa gửi", "Kiosks still behind")
UNREGISTERED = Both("Lượt ở máy chưa đăng ký", "Visits at unregistered kiosks")
UNKNOWN_PEOPLE = Both("Lượt không rõ người", "Visits of unknown people")
TURNED_BACK = Both("Mời vào rồi quay lại", "Let in, turned back")
AS_OF = Both("Tính đến", "as of")


def day_text(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def number_text(number: int) -> str:
    """`12.345`, as people here write it."""
    return f"{number:,}".replace(",", ".")
