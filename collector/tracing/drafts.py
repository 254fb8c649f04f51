"""Questions that were asked and not kept: in memory, for an hour, for whoever asked. No identifier is among them, and
none is in an address: a page is named by a random token.
"""

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.tracing.trace import Question

KEPT = timedelta(hours=1)
MOST = 500


@dataclass(frozen=True, slots=True)
class Draft:
    owner: str
    question: Question
    made_at: datetime


class Drafts:
    """For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drafts: dict[str, Draft] = {}

    def put(self, draft: Draft) -> str:
        token = secrets.token_urlsafe(12)
        with self._lock:
            for old in [
                key for key, each in self._drafts.items() if each.made_at + KEPT < draft.made_at
            ]:
                del self._drafts[old]
            while len(self._drafts) >= MOST:
                del self._drafts[next(iter(self._drafts))]
            self._drafts[token] = draft
        return token

    def get(self, token: str, owner: str, now: datetime) -> Draft | None:
        with self._lock:
            found = self._drafts.get(token)
        if found is None or found.owner != owner or found.made_at + KEPT < now:
            return None
        return found
