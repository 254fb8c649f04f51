"""What a check has found, and how it is told."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"  # the door works, something is missing
    FAULT = "fault"  # nobody can be accepted, or will be after the next start


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` says what to do, and is empty when nothing has to be done. Nothing of a person is in it."""

    check: str
    health: Health
    told: str
    remedy: str = ""


def ok(check: str, told: str) -> Finding:
    return Finding(check, Health.OK, told)


def warning(check: str, told: str, remedy: str) -> Finding:
    return Finding(check, Health.WARNING, told, remedy)


def fault(check: str, told: str, remedy: str) -> Finding:
    return Finding(check, Health.FAULT, told, remedy)


def status(findings: Sequence[Finding]) -> int:
    """Of the process: 0 all is well, 1 something is missing, 2 a fault."""
    found = {each.health for each in findings}
    return 2 if Health.FAULT in found else int(Health.WARNING in found)


def as_text(findings: Sequence[Finding]) -> str:
    """One line a finding, and below it what to do."""
    lines = []
    for each in findings:
        word = "OK" if each.health is Health.OK else each.health
        lines.append(f"{word:8} {each.check:14} {each.told}")
        if each.remedy:
            lines.append(f"{'':23} -> {each.remedy}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps([asdict(each) for each in findings], ensure_ascii=False)
