"""What a visitor has typed so far: in this process's memory, under a random token, until it is sent or forgotten.

The clock here is the truth. A page only shows it: when the page is dead, the draft is wiped all the same.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.domain.declaration import Consent
from kiosk.domain.identity import Identity
from kiosk.web.ports import Printing

# a door has one screen; more than a few drafts at once are pages that somebody left
MOST_DRAFTS = 8
# typing takes longer looks at a card than choosing does (shared facts, screen section 9)
TYPING_EXTRA_S = 30.0
SLOW_FACTOR = 2.0
# long enough to find a telephone; whoever comes next must not find somebody else's pass
PASS_IDLE_S = 40.0


@dataclass(repr=False)
class Draft:
    """One declaration in the making. Nothing of it is ever in a repr."""

    token: str
    identity: Identity | None  # of the code that was shown, None when there was none
    language: str = "vi"
    agreed: bool = False
    consent: Consent | None = None  # what was agreed to, in which language
    slow: bool = False  # this person asked for more time: every deadline doubles
    answers: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)  # what the code has answered, by question id
    for_other: bool = False  # somebody declares for a parent, a grandmother: the code is not theirs
    proposed_commune: str = ""  # the one that the card names, for its holder to confirm
    typing_commune: bool = False  # none of the tiles was it
    reviewed: bool = False  # the check page has been reached: a change leads back there
    check_page: int = 0  # a long set of questions has more than one page to check
    unmasked: bool = False  # this person asked to see their numbers on the check page
    sent: bool = False  # all is stored, and nothing that was typed is left
    pass_code: str = ""
    pass_until: datetime | None = None
    must_wait: bool = False  # accepted, and the venue is full
    slip: Printing | None = None  # the pass on its way to paper
    since: int = -1  # the number of the result that stood on the screen when this was begun
    ends_s: float = 0.0

    @property
    def by_card(self) -> frozenset[str]:
        """The questions that need not be asked."""
        return frozenset() if self.for_other else frozenset(self.told)

    @property
    def person(self) -> Identity | None:
        """Whoever the code speaks of, if the declaration is theirs."""
        return None if self.for_other else self.identity

    def switch_person(self) -> None:
        """For somebody else in place of oneself, or back. Answers of the one are none of the other."""
        self.for_other = not self.for_other
        self.answers = {} if self.for_other else dict(self.told)

    def __repr__(self) -> str:
        return "Draft(...)"


class Drafts:
    """All drafts of this kiosk. Every method may be called from any thread."""

    def __init__(self, clock: Callable[[], float], *, idle_s: float, warning_s: float) -> None:
        """`clock` is monotonic seconds. A draft lives `idle_s + warning_s` after the last touch."""
        self._clock = clock
        self._idle_s = idle_s
        self._warning_s = warning_s
        self._lock = threading.Lock()
        self._drafts: dict[str, Draft] = {}

    def start(self, identity: Identity | None) -> Draft:
        draft = Draft(secrets.token_urlsafe(16), identity)
        self._keep(draft)
        return draft

    def finish(self, sent: Draft, pass_code: str, pass_until: datetime | None) -> Draft:
        """What is left of a draft that was sent: its pass if it got one, its language, nothing that was typed."""
        left = Draft(secrets.token_urlsafe(16), None, sent.language, slow=sent.slow, sent=True)
        left.consent = sent.consent
        left.pass_code, left.pass_until = pass_code, pass_until
        self.wipe(sent.token)
        self._keep(left)
        return left

    def touch(self, token: str, *, typing: bool = False) -> Draft | None:
        """The draft, its deadline moved on; None when it has been sent or wiped."""
        with self._lock:
            self._drop_overdue()
            draft = self._drafts.get(token)
            if draft is not None:
                self._prolong(draft, typing)
            return draft

    def look(self, token: str) -> Draft | None:
        """The draft as it is, its deadline where it was: a page that asks by itself is no touch."""
        with self._lock:
            self._drop_overdue()
            return self._drafts.get(token)

    def take(self, token: str) -> Draft | None:
        """The draft, which from now on is nobody else's: a doubled tap sends nothing twice."""
        with self._lock:
            self._drop_overdue()
            return self._drafts.pop(token, None)

    def put_back(self, draft: Draft) -> None:
        """What could not be sent may be tried again."""
        with self._lock:
            self._drafts[draft.token] = draft
            self._prolong(draft, typing=False)

    def wipe(self, token: str) -> None:
        with self._lock:
            self._drafts.pop(token, None)

    def sweep(self) -> None:
        """Wipe whatever is overdue. To be called about once a second, whether or not any page asks."""
        with self._lock:
            self._drop_overdue()

    def __len__(self) -> int:
        with self._lock:
            return len(self._drafts)

    def patience_s(self, draft: Draft, *, typing: bool) -> tuple[float, float]:
        """(seconds without a touch until the page warns, seconds from then until the draft is wiped)."""
        factor = SLOW_FACTOR if draft.slow else 1.0
        idle_s = PASS_IDLE_S if draft.sent else self._idle_s
        idle_s += TYPING_EXTRA_S if typing else 0.0
        return idle_s * factor, self._warning_s * factor

    def _keep(self, draft: Draft) -> None:
        with self._lock:
            while len(self._drafts) >= MOST_DRAFTS:
                del self._drafts[min(self._drafts, key=lambda token: self._drafts[token].ends_s)]
            self._drafts[draft.token] = draft
            self._prolong(draft, typing=False)

    def _prolong(self, draft: Draft, typing: bool) -> None:
        draft.ends_s = self._clock() + sum(self.patience_s(draft, typing=typing))

    def _drop_overdue(self) -> None:
        now_s = self._clock()
        for token in [token for token, draft in self._drafts.items() if draft.ends_s <= now_s]:
            del self._drafts[token]
