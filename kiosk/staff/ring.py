"""The last visits as staff see them: masked names, in RAM, a few of them. A clear name exists only for somebody who was
sent to staff and is not dealt with yet, for a minute at most."""

from collections import deque
from dataclasses import dataclass, field

from kiosk.domain.visit import Visit
from kiosk.privacy.masking import mask_name

SHOWN = 8
CLEAR_S = 60.0
REFERRED_S = 15 * 60.0
REFER = "refer"


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit. Everything of it may be shown to whoever has signed in."""

    id: str
    at: str  # HH:MM here
    name: str  # masked
    outcome: str
    reason: str
    direction: str


@dataclass(frozen=True, slots=True)
class Referral:
    """Somebody who waits for staff. `clear` is forgotten after a minute, by whoever asks for it."""

    seen: Seen
    at_s: float
    clear: str = field(repr=False, default="")


class Ring:
    """For one thread, or under its caller's lock."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=SHOWN)
        self._referrals: dict[str, Referral] = {}

    def add(self, visit: Visit, name: str, at: str, now_s: float) -> None:
        """`name` in clear: only its mask is kept, but for a referral."""
        verdict = visit.verdict
        seen = Seen(visit.id, at, mask_name(name), verdict.outcome, verdict.reason, visit.direction)
        self._seen.appendleft(seen)
        if verdict.outcome == REFER:
            self._referrals[visit.id] = Referral(seen, now_s, name)
        if visit.follows:
            self._referrals.pop(visit.follows, None)

    def seen(self) -> list[Seen]:
        """Newest first."""
        return list(self._seen)

    def referrals(self, now_s: float) -> list[Referral]:
        """Who waits for staff, longest first; those of long ago have gone home."""
        self._tidy(now_s)
        return list(self._referrals.values())

    def clear_name(self, visit: str, now_s: float) -> str:
        """Empty when it is no longer known."""
        self._tidy(now_s)
        found = self._referrals.get(visit)
        return found.clear if found is not None else ""

    def handled(self, visit: str) -> None:
        self._referrals.pop(visit, None)

    def _tidy(self, now_s: float) -> None:
        for key, one in list(self._referrals.items()):
            age_s = now_s - one.at_s
            if age_s > REFERRED_S:
                del self._referrals[key]
            elif age_s > CLEAR_S and one.clear:
                self._referrals[key] = Referral(one.seen, one.at_s)
