"""Declarations in the making on many phones: in this process's memory, under a token that only a cookie holds.

What has been sent stays for its phone as an outcome, with nothing of what was typed: a doubled tap finds it there.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.web.form.drafts import Draft

# long enough to look for a card and to ask a daughter; a phone is not a shared screen
IDLE_S = 900.0
MOST = 5_000


@dataclass(repr=False)
class PhoneDraft:
    """`lock` is held by whoever answers a question or sends: of two taps at once the second sees what the first did."""

    draft: Draft
    venue: str
    renews: bool = (
        False  # its answers are those of last time, and are agreed to and sent in one tap
    )
    outcome: str = ""  # of what was sent: accepted, refer
    keeps: bytes = b""  # what the phone was given to keep
    ends_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def finish(self, outcome: str, keeps: bytes) -> None:
        self.outcome, self.keeps = outcome, keeps
        left = Draft(self.draft.token, None, self.draft.language, sent=True)
        left.consent = self.draft.consent
        self.draft = left

    def __repr__(self) -> str:
        return "PhoneDraft(...)"


class PhoneDrafts:
    """`clock` is monotonic seconds. Every method may be called from any thread."""

    def __init__(self, clock: Callable[[], float], most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._drafts: OrderedDict[str, PhoneDraft] = OrderedDict()  # longest untouched first

    def start(self, venue: str, language: str) -> PhoneDraft:
        started = PhoneDraft(Draft(secrets.token_urlsafe(24), None, language), venue)
        started.draft.unmasked = True  # on their own phone people see what they typed
        with self._lock:
            self._sweep()
            while len(self._drafts) >= self._most:
                self._drafts.popitem(last=False)
            self._keep(started)
        return started

    def touch(self, token: str) -> PhoneDraft | None:
        """None when there is none any more, or never was."""
        with self._lock:
            self._sweep()
            found = self._drafts.get(token)
            if found is not None:
                self._keep(found)
            return found

    def wipe(self, token: str) -> None:
        with self._lock:
            self._drafts.pop(token, None)

    def sweep(self) -> None:
        """Wipe what is overdue. To be called about once a second, whether or not any phone asks."""
        with self._lock:
            self._sweep()

    def __len__(self) -> int:
        with self._lock:
            return len(self._drafts)

    def _keep(self, touched: PhoneDraft) -> None:
        touched.ends_s = self._clock() + IDLE_S
        self._drafts[touched.draft.token] = touched
        self._drafts.move_to_end(touched.draft.token)

    def _sweep(self) -> None:
        now_s = self._clock()
        while self._drafts:
            oldest = next(iter(self._drafts.values()))
            if oldest.ends_s > now_s:
                break
            self._drafts.popitem(last=False)
