"""What an officer types, scans or pastes becomes identifiers; what cannot be one is told by its line, never quoted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.both import Both
from kiosk.credentials import bhyt_number, classify
from kiosk.domain.identity import Identifier, Identity, NotPersonal, Scheme

MAX_LINES = 50
_PLAIN = re.compile(r"[0-9]+")
_BY_LENGTH = {12: Scheme.CCCD, 9: Scheme.CMND}
_PASSPORT = re.compile(r"[A-Z][0-9]{7,8}")

NAMES = {
    Scheme.CCCD: Both("số định danh (12 số)", "personal number (12 digits)"),
    Scheme.CMND: Both("số CMND (9 số)", "number of the older card (9 digits)"),
    Scheme.PASSPORT: Both("số hộ chiếu", "passport number"),
    Scheme.QID: Both("mã QR quốc gia", "id of the national QR"),
    Scheme.BHYT: Both("số thẻ bảo hiểm y tế", "health-insurance number"),
    Scheme.CERTIFICATE: Both("mã chứng nhận", "id of a certificate"),
    Scheme.PASS: Both("mã phiếu đã khai", "id of a pass"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """`people` are the identifiers of each line that was understood; `faults` say of a line (from 1) what is wrong."""

    people: Sequence[tuple[Identifier, ...]] = field(repr=False)
    faults: Sequence[tuple[int, Both]] = ()

    @property
    def looked_for(self) -> Sequence[Both]:
        """The kinds of identifiers, each with the last three signs, so that a slip can be seen."""
        return [
            Both(*(f"{text} …{each.value[-3:]}" for text in NAMES[each.scheme]))
            for person in self.people
            for each in person
        ]


def typed(text: str) -> Typed:
    """One person a line: a number, or the text of any code that a kiosk takes."""
    people, faults = [], []
    lines = [(at, line.strip()) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MAX_LINES:
        most = Both(f"nhiều nhất {MAX_LINES} dòng", f"{MAX_LINES} lines at most")
        return Typed((), [(MAX_LINES + 1, most)])
    for at, line in lines:
        found = _line(line)
        if found:
            people.append(found)
        else:
            faults.append((at, _NOT_UNDERSTOOD))
    return Typed(people, faults)


_NOT_UNDERSTOOD = Both(
    "không phải số giấy tờ hay mã QR cá nhân: kiểm tra lại từng chữ số",
    "is no number of a paper and no personal QR: check each digit",
)


def _line(line: str) -> tuple[Identifier, ...]:
    plain = re.sub(r"[ .-]", "", line).upper()
    if _PLAIN.fullmatch(plain) and (scheme := _BY_LENGTH.get(len(plain))):
        return (Identifier(scheme, plain),)
    if _PASSPORT.fullmatch(plain):
        return (Identifier(Scheme.PASSPORT, plain),)
    if found := bhyt_number.identifiers(plain):
        return tuple(found)
    identity = classify(line.encode())
    if isinstance(identity, NotPersonal):
        return ()
    assert isinstance(identity, Identity)  # noqa: S101 - there is no third
    return identity.identifiers
