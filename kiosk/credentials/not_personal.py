"""Codes that people hold up by mistake, told apart so that the screen can say what is wrong with this one.

Only the class is ever kept: neither the address in a web code nor the network in a Wi-Fi code leaves this function.
"""

from collections.abc import Set
from urllib.parse import urlsplit

from kiosk.domain.identity import NotPersonalReason

# hosts whose addresses were printed at doors in 2021 (docs/codes.md); the collector's own is added by configuration
PLACE_HOSTS = frozenset({"qr.pccovid.gov.vn", "qr.tokhaiyte.vn", "tokhaiyte.vn"})

_BEGINNINGS = (
    ("SHC:/", NotPersonalReason.HEALTH_CARD),
    ('{"HDR"', NotPersonalReason.HEALTH_CARD),  # ICAO VDS-NC, a health proof too
    ("000201", NotPersonalReason.PAYMENT),  # EMV payload format indicator; VietQR is one
    ("WIFI:", NotPersonalReason.WIFI),
    ("BEGIN:VCARD", NotPersonalReason.CONTACT),
    ("MECARD:", NotPersonalReason.CONTACT),
)
_LONGEST_BEGINNING = 11


def reason_of(shown: str, place_hosts: Set[str]) -> NotPersonalReason | None:
    """Which kind of everybody's code this is, or None when it might be somebody's own."""
    head = shown[:_LONGEST_BEGINNING].upper()
    for beginning, reason in _BEGINNINGS:
        if head.startswith(beginning):
            return reason
    if head.startswith(("HTTP://", "HTTPS://")):
        return NotPersonalReason.PLACE if _host(shown) in place_hosts else NotPersonalReason.WEB
    return None


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # half an IPv6 address and the like
        return ""
