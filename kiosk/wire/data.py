"""What an event says, by its type. Nothing here is personal: kinds, verdicts, reasons, times, ids of events; who a
person is travels sealed, in two parts that neither the kiosk nor the broker can open (kiosk.privacy.sealing).

Words are checked for their form, not against a list: an older collector keeps a reason that a newer kiosk has learnt.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from kiosk.wire import strict_json
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import UUID7
from kiosk.wire.rfc3339 import time_text

VISIT = "vn.entrance.visit.v1"
DECLARATION = "vn.entrance.declaration.v1"
NOTICE = "vn.entrance.notice.v1"
_WORD = re.compile(r"[a-z0-9_]{1,40}")
_PARTS = ("link", "contact")
_OF_VISIT = frozenset(("verdict", "reason", "direction", "code", "follows", *_PARTS))
_OF_DECLARATION = frozenset(("declaration", "made", "source", "risk", "questions", "pass", *_PARTS))
_OF_NOTICE = frozenset(("notice", "reason", "count"))
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_PASS_ID = re.compile(r"[0-9a-f]{32}")


MAX_SEALED_TEXT = 5_600  # 4,200 bytes: both parts must fit an event of 8 KiB


@dataclass(frozen=True, slots=True)
class Sealed:
    """Bytes that only the holder of the key with this id can open."""

    key: str  # 16 hex digits
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class VisitData:
    """One entry or exit of one person."""

    verdict: str  # accepted, missing, refer
    reason: str
    direction: str  # in, out, unknown
    code: str  # kind of code that was shown
    follows: str | None = None  # id of the earlier visit that this one amends
    link: Sealed | None = None  # by which identifiers this person is known
    contact: Sealed | None = None  # name and address, as far as the code tells them
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeclarationData:
    """A declaration made at this kiosk."""

    declaration: str  # its id
    made_at: datetime
    source: str  # kiosk_form, paper
    risk: str  # none, declared
    questions: int  # version of the questions asked
    pass_id: str | None = None  # of the pass that was issued for it: 16 bytes in hexadecimal
    link: Sealed | None = None
    contact: Sealed | None = None  # name, phone, address, answers, consent
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeData:
    """Something to count or to know about the device: a code that is no visit, a database set aside."""

    notice: str  # not_personal, invalid, stream_began ...
    reason: str
    count: int = 1
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnknownData:
    """The data of an event type that this version does not know, as it came."""

    value: Any = None
    present: bool = False


Data = VisitData | DeclarationData | NoticeData | UnknownData

EVENT_TYPES: dict[str, type[VisitData] | type[DeclarationData] | type[NoticeData]] = {
    VISIT: VisitData,
    DECLARATION: DeclarationData,
    NOTICE: NoticeData,
}


def data_fields(data: Data) -> Any:
    """The value of the attribute `data`."""
    match data:
        case VisitData():
            follows = {} if data.follows is None else {"follows": data.follows}
            return {
                **data.extra,
                "verdict": data.verdict,
                "reason": data.reason,
                "direction": data.direction,
                "code": data.code,
                **follows,
                **_sealed_fields(data),
            }
        case DeclarationData():
            issued = {} if data.pass_id is None else {"pass": data.pass_id}
            return {
                **data.extra,
                "declaration": data.declaration,
                "made": time_text(data.made_at),
                "source": data.source,
                "risk": data.risk,
                "questions": data.questions,
                **issued,
                **_sealed_fields(data),
            }
        case NoticeData():
            notice = {"notice": data.notice, "reason": data.reason, "count": data.count}
            return {**data.extra, **notice}
        case UnknownData():
            return data.value


def parse_data(kind: str, event: Mapping[str, Any]) -> Data:
    """The data of an event of type `kind`. Raise WireError when a known type does not hold what it must."""
    if kind not in EVENT_TYPES:
        return UnknownData(event.get("data"), "data" in event)
    fields = event.get("data")
    if not isinstance(fields, dict):
        raise WireError(Refusal.BAD_DATA, "data")
    if kind == VISIT:
        return _visit(fields)
    if kind == DECLARATION:
        return _declaration(fields)
    return _notice(fields)


def _visit(fields: Mapping[str, Any]) -> VisitData:
    follows = fields.get("follows")
    if follows is not None and not (isinstance(follows, str) and UUID7.fullmatch(follows)):
        raise WireError(Refusal.BAD_DATA, "follows")
    return VisitData(
        verdict=_word(fields, "verdict"),
        reason=_word(fields, "reason"),
        direction=_word(fields, "direction"),
        code=_word(fields, "code"),
        follows=follows,
        link=_sealed(fields, "link"),
        contact=_sealed(fields, "contact"),
        extra=strict_json.others(fields, _OF_VISIT),
    )


def _declaration(fields: Mapping[str, Any]) -> DeclarationData:
    declaration = strict_json.text_of(fields, "declaration", Refusal.BAD_DATA, 36)
    if not UUID7.fullmatch(declaration):
        raise WireError(Refusal.BAD_DATA, "declaration")
    pass_id = fields.get("pass")
    if pass_id is not None and not (isinstance(pass_id, str) and _PASS_ID.fullmatch(pass_id)):
        raise WireError(Refusal.BAD_DATA, "pass")
    return DeclarationData(
        declaration=declaration,
        made_at=strict_json.time_of(fields, "made"),
        source=_word(fields, "source"),
        risk=_word(fields, "risk"),
        questions=strict_json.whole_of(fields, "questions", Refusal.BAD_DATA),
        pass_id=pass_id,
        link=_sealed(fields, "link"),
        contact=_sealed(fields, "contact"),
        extra=strict_json.others(fields, _OF_DECLARATION),
    )


def _notice(fields: Mapping[str, Any]) -> NoticeData:
    return NoticeData(
        notice=_word(fields, "notice"),
        reason=_word(fields, "reason"),
        count=strict_json.whole_of(fields, "count", Refusal.BAD_DATA, low=1),
        extra=strict_json.others(fields, _OF_NOTICE),
    )


def _sealed_fields(data: VisitData | DeclarationData) -> dict[str, Any]:
    parts = {"link": data.link, "contact": data.contact}
    return {
        name: {
            "key": sealed.key,
            "sealed": base64.b64encode(sealed.ciphertext).decode("ascii"),
        }
        for name, sealed in parts.items()
        if sealed is not None
    }


def _sealed(fields: Mapping[str, Any], name: str) -> Sealed | None:
    sealed = fields.get(name)
    if sealed is None:
        return None
    if not isinstance(sealed, dict):
        raise WireError(Refusal.BAD_DATA, name)
    key, text = sealed.get("key"), sealed.get("sealed")
    if not isinstance(key, str) or not _is_key_id(key) or not isinstance(text, str):
        raise WireError(Refusal.BAD_DATA, name)
    return sealed_of(key, text, name)


def sealed_of(key: str | None, text: str | None, name: str) -> Sealed | None:
    """The part called `name` from the id of its key and its base64. Raise WireError when that is none."""
    if key is None or text is None:
        return None
    # these even the strict mode lets pass; one or two bytes are no ciphertext
    length = len(text)
    if not 4 <= length <= MAX_SEALED_TEXT or length % 4 or text[3] == "=" or text[-3:] == "===":
        raise WireError(Refusal.BAD_DATA, name)
    try:
        return Sealed(key, binascii.a2b_base64(text, strict_mode=True))
    except ValueError:
        raise WireError(Refusal.BAD_DATA, name) from None


def _word(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _is_word(value):
        raise WireError(Refusal.BAD_DATA, name)
    return value


# the same few in every event


@lru_cache(maxsize=1_024)
def _is_word(text: str) -> bool:
    return _WORD.fullmatch(text) is not None


@lru_cache(maxsize=1_024)
def _is_key_id(text: str) -> bool:
    return _KEY_ID.fullmatch(text) is not None
