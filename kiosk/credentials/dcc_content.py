"""What a health certificate says, once it follows its own format: who, and exactly one statement of one kind.

EU DCC schema 1.3, taken loosely: countries differ in what they fill in, so only what names the holder and the
certificate is required. Anything else that is odd does not concern an entrance.
"""

from dataclasses import dataclass, field
from typing import Any

from kiosk.credentials import text

# t test, v vaccination, r recovery
KINDS = ("t", "v", "r")
_MAX_CHARACTERS = 300
_DATE_CHARACTERS = len("YYYY-MM-DD")


@dataclass(frozen=True, slots=True)
class Content:
    """`birth` is as written, without a time of day: whole, partial, or empty."""

    kind: str
    certificate_id: str = field(repr=False)
    name: str = field(repr=False)
    birth: str = field(repr=False)


def content_of(certificate: dict[Any, Any]) -> Content | None:
    """None when the certificate does not follow its format."""
    statements = [(kind, certificate[kind]) for kind in KINDS if certificate.get(kind)]
    match statements:
        case [(kind, [{"ci": str(certificate_id), "co": str(), "tg": str()}])]:
            pass
        case _:
            return None
    name, birth = _name(certificate.get("nam")), certificate.get("dob")
    if not name or not _fits(certificate_id) or not isinstance(birth, str) or not _is_text(birth):
        return None
    if not isinstance(certificate.get("ver"), str):
        return None
    return Content(kind, certificate_id, name, birth.partition("T")[0][:_DATE_CHARACTERS])


def _name(names: object) -> str:
    """Family name first, in its own letters where there are some, else as on a passport; empty when it names nobody."""
    if not isinstance(names, dict) or not isinstance(names.get("fnt"), str):
        return ""
    parts = [names.get(own) or names.get(travel) for own, travel in (("fn", "fnt"), ("gn", "gnt"))]
    if not all(part is None or _is_text(part) for part in parts):
        return ""
    written = " ".join(str(part).replace("<", " ") for part in parts if part)
    return " ".join(text.normal(written).split())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_CHARACTERS and text.is_plain(value)


def _fits(identifier: str) -> bool:
    return identifier.strip() != "" and _is_text(identifier)
