"""The national unified personal QR (PC-Covid and its like), v1.1 of Decision 1405/QĐ-BTTTT, 11 September 2021.

    SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT          EXT = declarer's QID<sex<BHYT number<phone<...

It is unsigned: it says who somebody claims to be, and nothing about a declaration. The document number and the date may
be masked, which is why a person is keyed by QID.
"""

import re
from datetime import datetime

from kiosk.credentials import bhyt_number, birth, identity_checks, text
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex

_DOCUMENT = re.compile(r"[0-9A-Za-z* ./-]{1,20}")
_PASSPORT = re.compile(r"[0-9A-Za-z]{6,12}")
_QID_MAX_DIGITS = 32
_SEX = {"1": Sex.MALE, "2": Sex.FEMALE}


def parse(plain: str, now: datetime | None) -> Identity | None:
    """Whom this text speaks of, or None when it is no national QR. `plain` is NFC and free of control characters."""
    fields = text.split(plain, "|", 5)
    if fields is None or len(fields) != 6:
        return None
    number, name, written_birth, made_by, qid = (field.strip(" ") for field in fields[:5])
    born = birth.from_iso(written_birth)
    if born is None or made_by not in ("0", "1") or not name:
        return None
    if not _DOCUMENT.fullmatch(number) or not text.is_digits(qid) or len(qid) > _QID_MAX_DIGITS:
        return None
    ext = [*fields[5].split("<", text.MAX_FIELDS), "", "", "", ""]
    sex = _SEX.get(ext[1].strip(" "), Sex.UNKNOWN)
    phone = ext[3].strip(" ")
    by_proxy = made_by == "1"
    doubts = identity_checks.of_number(number, born.value, sex)
    identifiers = [Identifier(Scheme.QID, qid)]
    # a proxy may have put the declarer's own card number: it counts only where nothing contradicts it
    if not by_proxy or not doubts:
        identifiers += _document(number)
    identifiers += bhyt_number.identifiers(ext[2].strip(" "))
    return Identity(
        kind=CodeKind.NATIONAL_QR,
        identifiers=tuple(identifiers),
        name=" ".join(name.split()),
        birth=born.value,
        sex=sex,
        phone=phone if len(phone) == 10 and text.is_digits(phone) else "",
        by_proxy=by_proxy,
        warnings=doubts + identity_checks.of_birth(born.value, odd=born.odd, now=now),
    )


def _document(number: str) -> list[Identifier]:
    """The number of the paper by its shape: a chip card, the older card, a passport; nothing when masked or odd."""
    if identity_checks.is_personal_number(number):
        return [Identifier(Scheme.CCCD, number)]
    if len(number) == 9 and text.is_digits(number):
        return [Identifier(Scheme.CMND, number)]
    if _PASSPORT.fullmatch(number):
        return [Identifier(Scheme.PASSPORT, number)]
    return []
