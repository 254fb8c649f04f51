"""The health-insurance card, BHYT, as VssID and the paper card show it. Unsigned: anyone can print one.

    number|name|birth|sex|address|first-care place|from|to|issued|...|$      10, 15 or 17 parts, the last is `$`

Names and addresses are the hexadecimal of their UTF-8, which is why readers show "broken characters". The order is that
of independent public parsers. Taken are number, name, birth and sex; address, parents and benefit code are not kept.
"""

import re
from datetime import datetime

from kiosk.credentials import bhyt_number, birth, identity_checks, text
from kiosk.domain.identity import CodeKind, Identity, Sex

_LEAST_FIELDS = 10
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_SEX = {"1": Sex.MALE, "2": Sex.FEMALE}


def parse(plain: str, now: datetime | None) -> Identity | None:
    """Whom this text speaks of, or None when it is no insurance card. `plain` is NFC and free of control characters."""
    # in hexadecimal every byte takes two characters
    fields = text.split(plain, "|", longest=2 * text.MAX_FIELD_CHARACTERS)
    if fields is None or len(fields) < _LEAST_FIELDS or fields[-1].strip(" ") not in ("$", ""):
        return None
    number, hex_name, written_birth, sex_digit = (field.strip(" ") for field in fields[:4])
    identifiers = bhyt_number.identifiers(number)
    name = _unhex(hex_name)
    born = birth.from_slashed(written_birth)
    if not identifiers or not name or born is None:
        return None
    return Identity(
        kind=CodeKind.BHYT,
        identifiers=tuple(identifiers),
        name=" ".join(name.split()),
        birth=born.value,
        sex=_SEX.get(sex_digit, Sex.UNKNOWN),
        warnings=identity_checks.of_birth(born.value, odd=born.odd, now=now),
    )


def _unhex(field: str) -> str:
    """The text behind the hexadecimal, or empty when there is none: odd length and bad UTF-8 are damage, not data."""
    if not _HEX.fullmatch(field):
        return ""
    name = text.decode(bytes.fromhex(field))
    if name is None or not text.is_plain(name):
        return ""
    return text.normal(name).strip(" ")
