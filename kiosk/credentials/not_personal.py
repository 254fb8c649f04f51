"""Codes that people hold up and that speak of nobody: each class gets its own words on the screen."""

from kiosk.domain.identity import NotPersonalReason

# venue codes of 2021 were links or short ids of these hosts
_PLACE_HOSTS = ("qr.pccovid.gov.vn", "qr.tokhaiyte.vn", "tokhaiyte.vn")
# beginning (casefolded) -> what it is; EMV payment codes begin with the payload format indicator 000201
_BEGINNINGS = (
    ("000201", NotPersonalReason.PAYMENT),
    ("wifi:", NotPersonalReason.WIFI),
    ("begin:vcard", NotPersonalReason.CONTACT),
    ("mecard:", NotPersonalReason.CONTACT),
    ("shc:/", NotPersonalReason.HEALTH_CARD),
)


def reason_for(text: str) -> NotPersonalReason | None:
    """None when the text is none of these."""
    start = text[:200].casefold()
    for beginning, reason in _BEGINNINGS:
        if start.startswith(beginning):
            return reason
    for scheme in ("https://", "http://"):
        if start.startswith(scheme):
            host = start[len(scheme) :].split("/", 1)[0]
            return NotPersonalReason.PLACE if host in _PLACE_HOSTS else NotPersonalReason.WEB
    return None
