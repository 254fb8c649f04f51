"""What is this code? Total: any bytes get an answer, nothing raises."""

from kiosk.credentials import citizen_card, national_qr, not_personal
from kiosk.credentials.text import Unreadable, text_of
from kiosk.domain.identity import Identity, NotPersonal, NotPersonalReason


def classify(data: bytes) -> Identity | NotPersonal:
    """Who the bytes of one code speak of. The order matters: what cannot be personal is told first."""
    try:
        text = text_of(data)
    except Unreadable:
        return NotPersonal(NotPersonalReason.UNREADABLE)
    reason = not_personal.reason_for(text)
    if reason is not None:
        return NotPersonal(reason)
    for kind in (national_qr, citizen_card):
        if kind.looks_like(text):
            return kind.parse(text) or NotPersonal(NotPersonalReason.MALFORMED)
    return NotPersonal(NotPersonalReason.UNKNOWN)
