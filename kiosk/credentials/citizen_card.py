"""The chip citizen card: CCCD (2021 to June 2024), Căn cước (since July 2024), and what VNeID is said to show.

    id|old id|name|ddmmyyyy|sex|address|ddmmyyyy

The newer card has four more fields, whose meaning nobody has published (Circular 16/2024/TT-BCA).
Unsigned, no checksum: anyone can print one. Fields after the seventh may name relatives; they are never looked into and
not kept. An address is shown to staff at most: since July 2025 one person may carry two different ones.
"""

from datetime import date, datetime

from kiosk.credentials import birth, identity_checks, text
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex

_SEX = {"nam": Sex.MALE, "nữ": Sex.FEMALE}
_CAN_CUOC_SINCE = date(2024, 7, 1)
_CAN_CUOC_FIELDS = 11


def parse(plain: str, now: datetime | None) -> Identity | None:
    """Whom this text speaks of, or None when it is no citizen card. `plain` is NFC and free of control characters."""
    fields = text.split(plain, "|")
    if fields is None or len(fields) < 7:
        return None
    number, old, name, written_birth, sex_word, address, issued = (f.strip(" ") for f in fields[:7])
    born = birth.from_compact(written_birth)
    if not identity_checks.is_personal_number(number) or born is None or not name:
        return None
    if len(issued) != 8 or not text.is_digits(issued):
        return None
    sex = _SEX.get(sex_word.casefold(), Sex.UNKNOWN)
    doubts = identity_checks.of_number(number, born.value, sex)
    return Identity(
        kind=_generation(len(fields), issued),
        identifiers=(Identifier(Scheme.CCCD, number), *_old_number(old, number)),
        name=" ".join(name.split()),
        birth=born.value,
        sex=sex,
        address=address,
        warnings=doubts + identity_checks.of_birth(born.value, odd=born.odd, now=now),
    )


def _old_number(old: str, number: str) -> tuple[Identifier, ...]:
    if len(old) == 9 and text.is_digits(old):
        return (Identifier(Scheme.CMND, old),)
    if identity_checks.is_personal_number(old) and old != number:
        return (Identifier(Scheme.CCCD, old),)
    return ()


def _generation(count: int, issued: str) -> CodeKind:
    """By the day of issue; by the number of fields where that day is not a date."""
    try:
        day = date(int(issued[4:]), int(issued[2:4]), int(issued[:2]))
    except ValueError:
        return CodeKind.CAN_CUOC if count >= _CAN_CUOC_FIELDS else CodeKind.CCCD
    newer = day >= _CAN_CUOC_SINCE or count >= _CAN_CUOC_FIELDS
    return CodeKind.CAN_CUOC if newer else CodeKind.CCCD
