"""What a case and a request must say, and who may approve. Pure."""

import re
from collections.abc import Sequence

from collector.both import Both
from collector.cases.port import CasesError, Period, Release, ReleaseState

MIN_REASON, MAX_TEXT, MAX_LINES, MAX_DAYS = 10, 200, 2000, 62
_MAX_PERSON = 2**63 - 1
_EVENT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){8,}")

TOO_SHORT = Both(f"viết ít nhất {MIN_REASON} chữ", f"write {MIN_REASON} letters at least")
TOO_LONG = Both(f"nhiều nhất {MAX_TEXT} chữ", f"{MAX_TEXT} letters at most")
NO_NUMBERS = Both(
    "không ghi số giấy tờ, số điện thoại hay tên người", "no numbers of papers, telephones or names"
)
NO_PERIOD = Both(
    f"ghi hai ngày như 28/11/2026, không quá {MAX_DAYS} ngày, không sau hôm nay",
    f"two days like 28/11/2026, {MAX_DAYS} days at most, not after today",
)
NOBODY = Both("ghi ít nhất một người hoặc một lượt", "name one person or one event at least")


def fault_of_text(text: str) -> Both | None:
    """Of a title or a reason that somebody typed."""
    if len(text) < MIN_REASON:
        return TOO_SHORT
    if len(text) > MAX_TEXT:
        return TOO_LONG
    return NO_NUMBERS if _LONG_NUMBER.search(text) else None


def is_period(period: Period) -> bool:
    return 0 <= (period.last - period.first).days < MAX_DAYS


def listed(text: str) -> tuple[tuple[int, ...], tuple[str, ...], Sequence[Both]]:
    """People's numbers and ids of events, one a line, and what is wrong, by line."""
    people: dict[int, None] = {}
    events: dict[str, None] = {}
    faults = []
    lines = [line.strip() for line in text.splitlines()]
    for at, line in enumerate(lines, 1):
        if line.isascii() and line.isdecimal() and len(line) < 19 and int(line) <= _MAX_PERSON:
            people[int(line)] = None
        elif _EVENT.fullmatch(line.lower()):
            events[line.lower()] = None
        elif line:
            told = "không phải số người hay mã lượt", "is neither a person nor an event"
            faults.append(Both(f"dòng {at}: {told[0]}", f"line {at}: {told[1]}"))
    if len(lines) > MAX_LINES:
        faults.append(Both(f"nhiều nhất {MAX_LINES} dòng", f"{MAX_LINES} lines at most"))
    if not (people or events or faults):
        faults.append(NOBODY)
    return tuple(people), tuple(events), faults


def may_approve(release: Release, who: str) -> bool:
    if release.state is not ReleaseState.ASKED or who == release.asked_by:
        return False
    return all(each.who != who for each in release.approvals)


def vet_approval(release: Release, who: str) -> None:
    """Raise CasesError where `who` may not approve."""
    if who == release.asked_by:
        raise CasesError("whoever has asked does not approve: ask another officer")
    if not may_approve(release, who):
        raise CasesError("this request is decided already, or you have approved it")
