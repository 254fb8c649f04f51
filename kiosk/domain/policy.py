"""What counts as a valid declaration and as one visit, for now. Comes from the authority, versioned; these are the
values a kiosk is shipped with."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    version: int = 1
    # Circulars of 2021 took a declaration as fresh for a day; the period is a setting because the next outbreak
    # will ask something else (shared facts, letter).
    declaration_validity: timedelta = timedelta(hours=24)
    min_questions_version: int = 1
    # A pass made under an older policy no longer stands for what is asked now.
    min_pass_policy_version: int = 1
    # The same person within this is "already recorded", no event.
    repeat_window: timedelta = timedelta(minutes=3)
    # A declaration made within this after a `missing` amends that visit.
    amend_window: timedelta = timedelta(minutes=10)
    # A declaration on paper may be typed in for so long.
    paper_kept: timedelta = timedelta(days=7)
    # How far a declaration made elsewhere may lie ahead of this kiosk's clock.
    clock_tolerance: timedelta = timedelta(minutes=10)
