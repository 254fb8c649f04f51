"""The two parts of what says who a person is, as JSON: `link` by which they are known again, `contact` to reach them.

The contract is in docs/wire.md, "Sealing". Both are for sealing at once, and never stored in clear.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.declaration import Consent
from kiosk.domain.identity import Identifier, Identity, Scheme, Sex
from kiosk.domain.names import MOST_CHARACTERS, folded_name

Answers = Mapping[str, str | Sequence[str]]

MAX_BYTES = 3_800  # sealed and in base64 still within the event's 8 KiB beside the link
MAX_IDENTIFIERS = 8
_MAX_VALUE = 200
_YEAR = re.compile(r"\d{4}")
_SCHEMES = {scheme.value: scheme for scheme in Scheme}


class PartError(ValueError):
    """An opened part that does not hold what it must. Quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Link:
    """By what somebody is known. `name` is folded; `birth_year` is YYYY or empty."""

    identifiers: tuple[Identifier, ...] = field(repr=False)
    name: str = field(repr=False)
    birth_year: str = field(repr=False)


def link_of(identity: Identity) -> bytes | None:
    """None for somebody without any identifier: nothing could find them again."""
    if not identity.identifiers:
        return None
    ids = [
        [each.scheme, each.value[:_MAX_VALUE]] for each in identity.identifiers[:MAX_IDENTIFIERS]
    ]
    year = identity.birth[:4]
    return _json({"ids": ids, "name": folded_name(identity.name), "birth": year})


def contact_of(
    identity: Identity, answers: Answers | None = None, consent: Consent | None = None
) -> bytes | None:
    """None when nothing is known by which to reach or address them. What a code says beyond 200 characters of a field
    is left out: no code may grow an event. Raise PartError when the answers are too long to send."""
    known: dict[str, Any] = {
        "name": identity.name[:_MAX_VALUE],
        "birth": identity.birth,
        "sex": "" if identity.sex is Sex.UNKNOWN else identity.sex,
        "phone": identity.phone[:_MAX_VALUE],
        "address": identity.address[:_MAX_VALUE],
        "answers": dict(answers or {}),
    }
    if consent is not None:
        known["consent"] = {"text": consent.text_version, "language": consent.language}
    known = {name: value for name, value in known.items() if value}
    if not known:
        return None
    plain = _json(known)
    if len(plain) > MAX_BYTES:
        raise PartError("the answers are too long to be sent")
    return plain


def parse_link(plain: bytes) -> Link:
    """Raise PartError, and nothing else, for anything that is no link."""
    try:
        fields = json.loads(plain.decode("utf-8"))
    except (ValueError, RecursionError):
        raise PartError("a link that is no JSON") from None
    if not isinstance(fields, dict):
        raise PartError("a link that is no object")
    ids, name, year = fields.get("ids"), fields.get("name", ""), fields.get("birth", "")
    if not isinstance(ids, list) or not 0 < len(ids) <= MAX_IDENTIFIERS:
        raise PartError("a link without identifiers")
    if not isinstance(name, str) or not isinstance(year, str):
        raise PartError("a link with a name that is none")
    return Link(
        identifiers=tuple(_identifier(each) for each in ids),
        name=name[:MOST_CHARACTERS],
        birth_year=year if _YEAR.fullmatch(year) else "",
    )


def _identifier(pair: Any) -> Identifier:
    match pair:
        case [str(scheme), str(value)] if scheme in _SCHEMES and 0 < len(value) <= _MAX_VALUE:
            return Identifier(_SCHEMES[scheme], value)
    raise PartError("a link with an identifier that is none")


def _json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
