"""Bytes of a code -> who it speaks of, or why it speaks of nobody. Total: every byte string has an answer.

The order is that of docs/codes.md: what is certain by its first bytes comes first, then the shapes with fields, the
stricter before the looser. The caller brings the time and whose signatures count; nothing is looked up here.
"""

import re
from collections.abc import Set
from datetime import datetime

from kiosk.credentials import (
    bhyt,
    citizen_card,
    dcc,
    health_pass,
    national_qr,
    not_personal,
    text,
)
from kiosk.credentials.trust import TrustList
from kiosk.domain.identity import Identity, NotPersonal, NotPersonalReason

_FORMATS = (national_qr.parse, citizen_card.parse, bhyt.parse)
# a card number, whole or masked, or an insurance number, followed by at least five more fields
_LIKE_A_PERSON = re.compile(r" *(?:[0-9*]{9,12}|[A-Z]{2}[0-9]{13}) *(?:\|[^|]*){5}")


def classify(
    data: bytes,
    *,
    trust: TrustList | None = None,
    now: datetime | None = None,
    place_hosts: Set[str] = not_personal.PLACE_HOSTS,
) -> Identity | NotPersonal:
    """Whom the code speaks of. `now` is aware, or None when the device does not know the time; without it or without a
    trust list no signature counts, and the proof says that it cannot be checked."""
    shown = text.decode(data)
    if not shown:
        return NotPersonal(NotPersonalReason.UNREADABLE)
    # never trimmed: the alphabet of base45 holds the space
    if shown.startswith(dcc.PREFIX):
        return dcc.read(shown, trust, now)
    if shown.startswith(health_pass.PREFIX):
        return health_pass.read(shown, trust, now)
    return _of_text(shown.strip(" "), now, place_hosts)


def _of_text(shown: str, now: datetime | None, place_hosts: Set[str]) -> Identity | NotPersonal:
    reason = not_personal.reason_of(shown, place_hosts)
    if reason is not None:
        return NotPersonal(reason)
    if not text.is_plain(shown):
        return NotPersonal(NotPersonalReason.UNREADABLE)
    plain = text.normal(shown)
    for parse in _FORMATS:
        identity = parse(plain, now)
        if identity is not None:
            return identity
    if _LIKE_A_PERSON.match(plain):
        return NotPersonal(NotPersonalReason.MALFORMED)
    return NotPersonal(NotPersonalReason.UNKNOWN)
