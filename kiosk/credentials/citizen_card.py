"""The chip citizen card: CCCD of 2021 and Căn cước of July 2024. UTF-8, unsigned: anybody can print one.

id|old id|name|ddmmyyyy|sex|address|ddmmyyyy          seven fields, CCCD
id|old id|name|ddmmyyyy|sex|address|ddmmyyyy||||      and more, Căn cước: the rest is opaque
"""

from kiosk.credentials import dates, identity_checks
from kiosk.credentials.text import fields_of, is_digits
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex

_SEXES = {"nam": Sex.MALE, "nữ": Sex.FEMALE}
_CCCD_FIELDS = 7


def looks_like(text: str) -> bool:
    """Whether the text begins like a citizen card and can be nothing else."""
    fields = text.split("|", 4)
    return len(fields) == 5 and is_digits(fields[0], 12) and is_digits(fields[3], 8)


def parse(text: str) -> Identity | None:
    """None when the text begins like a citizen card and does not hold together."""
    fields = fields_of(text)
    if fields is None or len(fields) < _CCCD_FIELDS or not is_digits(fields[0], 12):
        return None
    number, old_number, name, born, sex, address, issued = fields[:_CCCD_FIELDS]
    birth = dates.from_ddmmyyyy(born)
    if birth is None or not name.strip() or not is_digits(issued, 8):
        return None
    identifiers = [Identifier(Scheme.CCCD, number)]
    if is_digits(old_number, 9):
        identifiers.append(Identifier(Scheme.CMND, old_number))
    sex_told = _SEXES.get(sex.strip().casefold(), Sex.UNKNOWN)
    return Identity(
        kind=CodeKind.CCCD if len(fields) == _CCCD_FIELDS else CodeKind.CAN_CUOC,
        identifiers=tuple(identifiers),
        name=" ".join(name.split()),
        birth=birth,
        sex=sex_told,
        address=address.strip(),
        warnings=identity_checks.warnings(number, birth, sex_told),
    )
