"""A person's answers, reduced to what a decision needs: when, how, and whether a risk was declared.

The answers themselves never reach the domain: they are sealed in memory by whoever took them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    KIOSK_FORM = "kiosk_form"
    PORTAL = "portal"
    PAPER = "paper"
    PASS = "pass"


class Risk(StrEnum):
    NONE = "none"
    DECLARED = "declared"  # an answer that the questions file marks as "see staff"


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to: the words as they stood on the page, and their language."""

    text_version: str  # names one wording and no other (kiosk.web.form.consent)
    language: str  # vi, km, en


@dataclass(frozen=True, slots=True)
class Declaration:
    id: str
    made_at: datetime  # UTC, aware
    source: Source
    risk: Risk
    questions_version: int
    pass_id: str | None = None  # hexadecimal; of the pass that its holder took away
    consent: Consent | None = None  # None: not made on a page of ours
