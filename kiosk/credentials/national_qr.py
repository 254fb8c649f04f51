"""The national unified personal QR, v1.1 (Decision 1405/QĐ-BTTTT of 11 September 2021). ASCII, unsigned.

    SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT

EXT holds declarer's QID, sex, insurance number, phone ..., separated by `<`; each may be empty, and more may follow.
Numbers and dates may be masked with `*`. A person is keyed on the QID, which never is.
"""

from kiosk.credentials import dates, identity_checks
from kiosk.credentials.text import fields_of, is_digits
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex

_FIELDS = 6
_MAX_QID_CHARS = 32
_SEXES = {"1": Sex.MALE, "2": Sex.FEMALE}
_SELF, _BY_PROXY = "0", "1"


def looks_like(text: str) -> bool:
    fields = text.split("|", _FIELDS - 1)
    return (
        len(fields) == _FIELDS
        and fields[3] in (_SELF, _BY_PROXY)
        and dates.from_iso(fields[2]) is not None
    )


def parse(text: str) -> Identity | None:
    """None when the text begins like a national QR and does not hold together."""
    fields = fields_of(text, at_most=_FIELDS)
    if fields is None:
        return None
    document, name, born, declared_by, qid, extension = fields
    birth = dates.from_iso(born)
    if birth is None or not name.strip() or not _is_qid(qid):
        return None
    # the first part is empty when nobody else declared: split, never strip
    parts = [*extension.split("<"), "", "", "", ""]
    sex = _SEXES.get(parts[1], Sex.UNKNOWN)
    identifiers = [Identifier(Scheme.QID, qid)]
    identifiers += _document(document)
    identifiers += _insurance(parts[2])
    odd = identity_checks.warnings(document, birth, sex) if is_digits(document, 12) else ()
    return Identity(
        kind=CodeKind.NATIONAL_QR,
        identifiers=tuple(identifiers),
        name=" ".join(name.split()),
        birth=birth,
        sex=sex,
        phone=parts[3] if is_digits(parts[3], 10) else "",
        by_proxy=declared_by == _BY_PROXY,
        warnings=odd,
    )


def _is_qid(text: str) -> bool:
    return 1 <= len(text) <= _MAX_QID_CHARS and is_digits(text, len(text))


def _document(text: str) -> list[Identifier]:
    """Nothing for a masked number: it fits many people."""
    if is_digits(text, 12):
        return [Identifier(Scheme.CCCD, text)]
    if is_digits(text, 9):
        return [Identifier(Scheme.CMND, text)]
    if 6 <= len(text) <= 12 and text.isascii() and text.isalnum():
        return [Identifier(Scheme.PASSPORT, text.upper())]
    return []


def _insurance(text: str) -> list[Identifier]:
    """Old numbers have 15 characters, new ones ten digits: the last ten are the same."""
    ending = text[-10:]
    return [Identifier(Scheme.BHYT, ending)] if is_digits(ending, 10) else []
