"""What staff do at a door, as the event that goes up: which act, by whom, with which words and numbers.

An act is written down before anything comes of it. Who did it is an id (`bao-ve-2`), never a name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MAX_PEOPLE_AT_ONCE = 200
MAX_INSIDE = 100_000


class ActKind(StrEnum):
    """The words of docs/wire.md: `notice` is `staff_` and this."""

    REFER = "refer"  # somebody who was sent to staff: `let_in` or `turned_away`
    PAPER = "paper"  # let in with a declaration on paper, so many
    EXIT = "exit"  # left without a scan, so many
    OCCUPANCY = "occupancy"  # so many are inside, counted by eye
    PAUSE = "pause"
    RESUME = "resume"
    CALL = "call"  # somebody's call was answered
    LIGHTS = "lights"  # lamps and buzzer tried
    UNMASK = "unmask"  # a clear name was looked at
    SIGN_IN = "sign_in"
    PEOPLE = "people"  # a PIN was given, changed or taken away
    TYPED = "typed"  # a form on paper was typed in later
    RESTART = "restart"
    SHUT_DOWN = "shut_down"


# the reasons that each may have; the first is taken where none is given
REASONS: Mapping[ActKind, tuple[str, ...]] = {
    ActKind.REFER: ("let_in", "turned_away"),
    ActKind.PAPER: ("no_phone", "code_unreadable", "kiosk_out_of_order", "other"),
    ActKind.EXIT: ("unscanned",),
    ActKind.OCCUPANCY: ("counted",),
    ActKind.PAUSE: ("crowd", "cleaning", "closed", "fault", "other"),
    ActKind.RESUME: ("open",),
    ActKind.CALL: ("answered",),
    ActKind.LIGHTS: ("tried",),
    ActKind.UNMASK: ("referral",),
    ActKind.SIGN_IN: ("pin",),
    ActKind.PEOPLE: ("added", "changed", "removed"),
    ActKind.TYPED: ("paper",),
    ActKind.RESTART: ("page",),
    ActKind.SHUT_DOWN: ("safely",),
}

_LIMITS = {
    ActKind.PAPER: (1, MAX_PEOPLE_AT_ONCE),
    ActKind.EXIT: (1, MAX_PEOPLE_AT_ONCE),
    ActKind.OCCUPANCY: (0, MAX_INSIDE),
}


_ID = re.compile(r"[A-Za-z0-9-]{1,40}")


class Done(StrEnum):
    """What became of an act."""

    SAVED = "saved"
    NOT_SAVED = "not_saved"  # and it never will be
    BUSY = "busy"  # somebody stands at the door
    UNKNOWN = "unknown"  # not yet: whoever asks again with the same id is told


class NotAnAct(ValueError):
    """What was sent is no act; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Act:
    """`by` is the id of who did it, `id` that of their tap: sent again it is the same act. `number` counts people, 0
    where there is nothing to count. `visit` is the id of the visit that it is about."""

    kind: ActKind
    by: str
    reason: str = ""
    number: int = 0
    visit: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    id: str = ""

    @property
    def notice(self) -> str:
        return f"staff_{self.kind}"

    @property
    def told(self) -> dict[str, str | int]:
        """What stands in the event beside notice and reason."""
        told: dict[str, str | int] = {"by": self.by, **self.extra}
        if self.kind in _LIMITS:
            told["people"] = self.number
        if self.visit:
            told["visit"] = self.visit
        return told


def act(
    kind: str, by: str, reason: str = "", number: str = "", visit: str = "", act_id: str = ""
) -> Act:
    """From what a page sends. Raise NotAnAct."""
    try:
        known = ActKind(kind)
    except ValueError:
        raise NotAnAct(f"there is no act {kind!r}") from None
    reasons = REASONS[known]
    if reason and reason not in reasons:
        raise NotAnAct(f"{known} is for one of: {', '.join(reasons)}")
    if act_id and not _ID.fullmatch(act_id):
        raise NotAnAct("the id of an act is 40 letters, digits and '-' at most")
    return Act(known, by, reason or reasons[0], _number(known, number), visit, id=act_id)


def _number(kind: ActKind, text: str) -> int:
    if kind not in _LIMITS:
        return 0
    low, high = _LIMITS[kind]
    if not (text.isascii() and text.isdecimal() and low <= int(text[:9]) <= high):
        raise NotAnAct(f"how many people: a whole number from {low} to {high}")
    return int(text)
