"""Opens a bundle with the tracing key, on the officer's own machine: the only place where a contact is ever read."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector import csv_text
from collector.both import Both
from collector.cases.bundle import Bundle, Released
from collector.cases.opened import Record
from collector.cases.port import CasesError
from collector.days import local_text
from kiosk.privacy.sealing import Part, SealError, opened
from kiosk.wire.data import DECLARATION
from kiosk.wire.keys import SealingKey

COLUMNS = (
    Both("Số người", "Person"),
    Both("Thời gian", "Time"),
    Both("Nguồn", "Source"),
    Both("Họ tên", "Name"),
    Both("Năm sinh", "Born"),
    Both("Giới tính", "Sex"),
    Both("Điện thoại", "Telephone"),
    Both("Địa chỉ", "Address"),
    Both("Trả lời", "Answers"),
    Both("Không mở được vì", "Not opened because"),
)
_SEX = {"male": "nam / male", "female": "nữ / female", "other": "khác / other"}
_WHY = {
    "other_key": "niêm phong cho khóa khác / sealed to another key",
    "not_opened": "khóa không mở được / does not open with this key",
    "no_contact": "không phải liên hệ / holds no contact",
    "still_wrapped": "còn bọc bằng khóa ngày / still under its day's key",
    "day_key_gone": "khóa ngày đã hủy / its day's key is destroyed",
}
# what a spreadsheet would run


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact in clear, or the word `why` it is not."""

    released: Released
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)
    why: str = ""


def tracing_key(path: Path, passphrase: bytes) -> X25519PrivateKey:
    """Raise CasesError when there is none, or the passphrase is another."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase or None)
    except FileNotFoundError:
        raise CasesError(
            f"there is no {path}: give the .key of `collector keys tracing new`"
        ) from None
    except (TypeError, ValueError):
        raise CasesError(f"{path} does not open with this passphrase, or is damaged") from None
    if not isinstance(key, X25519PrivateKey):
        raise CasesError(f"{path} is no tracing key")
    return key


def open_all(bundle: Bundle, key: X25519PrivateKey, now: datetime) -> Sequence[Contact]:
    """Each contact of the bundle, the people together, the newest first."""
    key_id = SealingKey(key.public_key(), now).id
    found = [_opened(each, key, key_id) for each in bundle.contacts]
    nobody = 2**63
    found.sort(key=lambda each: each.released.at, reverse=True)
    return sorted(found, key=lambda each: each.released.person or nobody)


def record(
    bundle: Bundle, contacts: Sequence[Contact], key: X25519PrivateKey, now: datetime
) -> Record:
    unopened = sum(bool(each.why) for each in contacts)
    key_id = SealingKey(key.public_key(), now).id
    return Record(
        secrets.token_hex(8),
        *(bundle.release, bundle.case, bundle.digest, key_id, now),
        len(contacts) - unopened,
        unopened,
    )


def csv_lines(contacts: Sequence[Contact]) -> Iterator[str]:
    """The byte order mark that spreadsheets ask for before the heading. No cell can be run as a formula."""
    yield csv_text.BYTE_ORDER_MARK + csv_text.line(f"{each.vi} / {each.en}" for each in COLUMNS)
    for contact in contacts:
        yield csv_text.line(cells(contact))


def cells(contact: Contact) -> Sequence[str]:
    released, known = contact.released, contact.known
    answers = known.get("answers")
    told = "; ".join(_answers(answers)) if isinstance(answers, dict) else ""
    sex = _text(known.get("sex"))
    kind = "khai báo / declaration" if released.type == DECLARATION else "lượt / visit"
    return (
        "" if released.person is None else str(released.person),
        local_text(released.at),
        kind,
        *(_text(known.get(name)) for name in ("name", "birth")),
        _SEX.get(sex, sex),
        *(_text(known.get(name)) for name in ("phone", "address")),
        _text(told),
        _WHY.get(contact.why, contact.why),
    )


def _opened(released: Released, key: X25519PrivateKey, key_id: str) -> Contact:
    if released.sealed is None:
        return Contact(released, why=released.why or "not_opened")
    if released.sealed.key != key_id:
        return Contact(released, why="other_key")
    try:
        plain = opened(Part.CONTACT, released.sealed, key, released.context)
    except SealError:
        return Contact(released, why="not_opened")
    try:
        known = json.loads(plain)
    except (ValueError, RecursionError):
        return Contact(released, why="no_contact")
    return (
        Contact(released, known) if isinstance(known, dict) else Contact(released, why="no_contact")
    )


def _answers(answers: Mapping[str, Any]) -> Iterator[str]:
    for name, value in answers.items():
        said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"{name}: {said}"


def _text(value: Any) -> str:
    """On one line, without what a terminal would take for a command."""
    text = value if isinstance(value, str) else ""
    return "".join(letter if letter.isprintable() else " " for letter in text)
