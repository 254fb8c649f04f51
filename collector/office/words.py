"""The words of the office page, Vietnamese and English. A word that a newer kiosk has learnt is shown as it is."""

from collector.both import Both

VERDICTS = {
    "accepted": Both("Được vào", "accepted"),
    "missing": Both("Chưa khai báo", "no declaration"),
    "refer": Both("Gặp nhân viên", "to staff"),
}

_DIRECTIONS = {
    "in": Both("Vào", "in"),
    "out": Both("Ra", "out"),
    "unknown": Both("Chưa rõ", "unknown"),
}

_REASONS = {
    "kiosk_form": Both("Khai tại máy", "declared at the kiosk"),
    "portal": Both("Khai bằng điện thoại", "declared by phone"),
    "paper": Both("Khai trên giấy", "declared on paper"),
    "pass": Both("Có phiếu đã khai", "holds a pass"),
    "exit": Both("Đi ra", "leaving"),
    "none": Both("Không có tờ khai", "none on record"),
    "expired": Both("Tờ khai hết hạn", "expired"),
    "incomplete": Both("Tờ khai bản cũ", "older questions"),
    "from_the_future": Both("Giờ khai chưa tới", "dated ahead of the clock"),
    "declared_risk": Both("Có khai nguy cơ", "declared a risk"),
}

_CODES = {
    "cccd": Both("CCCD gắn chip", "chip citizen card"),
    "can_cuoc": Both("Thẻ căn cước", "identity card"),
    "national_qr": Both("QR cá nhân quốc gia", "national QR"),
    "bhyt": Both("Thẻ bảo hiểm y tế", "insurance card"),
    "dcc": Both("Chứng nhận EU", "EU certificate"),
    "paper": Both("Tờ khai giấy", "form on paper"),
    "form": Both("Không mã, khai tại máy", "no code, touch form"),
}

_INBOX = {
    "connected": Both("Đang nhận tin", "Receiving"),
    "connecting": Both("Đang kết nối với máy chủ tin", "Connecting to the broker"),
    "broker_absent": Both("Không liên lạc được máy chủ tin", "The broker does not answer"),
    "refused": Both("Máy chủ tin từ chối kết nối", "The broker refuses the connection"),
    "not_running": Both("Bộ phận nhận tin không chạy", "The inbox is not running"),
    "ledger_unavailable": Both("Không ghi được vào sổ", "The ledger cannot be written"),
}

_KINDS = {
    "verdict": VERDICTS,
    "direction": _DIRECTIONS,
    "reason": _REASONS,
    "code": _CODES | {"pass": Both("Phiếu đã khai", "pass")},
    "inbox": _INBOX,
}


def both(word: str, kind: str) -> Both:
    """`word` in both languages; `kind` is `verdict`, `direction`, `reason`, `code` or `inbox`."""
    return _KINDS[kind].get(word) or Both(word, word)
