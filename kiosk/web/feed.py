"""What the visitor's page is told, and when it was last heard of.

One writer, the loop, which never waits for a reader; a few readers, each with a short queue that drops its oldest. A
state is the whole of what a page needs, so that a reader who missed one has lost nothing.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.errors import KioskError

State = dict[str, Any]

QUEUE_LENGTH = 8
# the loop turns at least twice a second; silent for this long, it hangs, and what it last showed is no longer true
LOOP_SILENCE_S = 5.0
# a page reports every 5 s; silent for this long it is dead, and so is the display for whoever stands before it
PAGE_SILENCE_S = 30.0


class FeedFull(KioskError):
    """There are as many subscribers as the pages have threads for: poll `last` instead."""


class Subscription:
    """One reader's end. `next` is for one thread only."""

    def __init__(self, changed: threading.Condition, first: State | None) -> None:
        self._changed = changed
        self._waiting: deque[State] = deque([first] if first else [], maxlen=QUEUE_LENGTH)
        self.closed = False

    def next(self, timeout_s: float) -> State | None:
        """The oldest state not yet handed out, at once if there is one; None after `timeout_s` or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self.closed, timeout_s)
            return self._waiting.popleft() if self._waiting else None

    def put(self, state: State) -> None:
        """For the feed, which holds the lock."""
        self._waiting.append(state)


class Feed:
    """Keeps the last state. Every method may be called from any thread, and none blocks but `Subscription.next`."""

    def __init__(
        self, most_subscribers: int = 10, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most_subscribers = most_subscribers
        self._clock = clock
        self._changed = threading.Condition()
        self._last: State | None = None
        self._subscriptions: list[Subscription] = []
        self._turned_s: float | None = None
        self._published_s: float | None = None
        self._page_heard_s: float | None = None
        self._closed = False

    def publish(self, state: State) -> None:
        """Show this from now on."""
        with self._changed:
            self._last = dict(state)
            self._turned_s = self._published_s = self._clock()
            for subscription in self._subscriptions:
                subscription.put(self._last)
            self._changed.notify_all()

    def turned(self) -> None:
        """The loop has gone round once more: what was last published is still true."""
        self._turned_s = self._clock()

    def is_fresh(self) -> bool:
        """Whether the last state may still be shown. A page must never keep an "accepted" of a loop that hangs."""
        turned_s = self._turned_s
        return turned_s is not None and self._clock() - turned_s < LOOP_SILENCE_S

    def age_s(self) -> float:
        """Seconds since the last state was published; 0 before the first."""
        published_s = self._published_s
        return 0.0 if published_s is None else self._clock() - published_s

    def shown_now(self) -> int:
        """The number of the last state, -1 before the first."""
        last = self.last()
        return -1 if last is None else int(last["seq"])

    def last(self) -> State | None:
        with self._changed:
            return self._last

    def has_room(self) -> bool:
        with self._changed:
            return len(self._subscriptions) < self._most_subscribers

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """Begins with the last state. Raise FeedFull when there are too many readers already."""
        with self._changed:
            if len(self._subscriptions) >= self._most_subscribers:
                raise FeedFull(f"{self._most_subscribers} pages are following already")
            subscription = Subscription(self._changed, self._last)
            subscription.closed = self._closed
            self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            with self._changed:
                self._subscriptions.remove(subscription)

    def page_heard(self) -> None:
        """A page says that it is alive and drawing."""
        self._page_heard_s = self._clock()

    def page_silence_s(self) -> float | None:
        """Seconds since a page was last heard, None when none ever was."""
        heard_s = self._page_heard_s
        return None if heard_s is None else self._clock() - heard_s

    def page_state(self) -> str:
        """`alive`, `silent` (restart the display), or `absent` when no page was ever heard."""
        silence_s = self.page_silence_s()
        if silence_s is None:
            return "absent"
        return "silent" if silence_s > PAGE_SILENCE_S else "alive"

    def close(self) -> None:
        """Every reader is let go, so that the server's threads can end."""
        with self._changed:
            self._closed = True
            for subscription in self._subscriptions:
                subscription.closed = True
            self._changed.notify_all()
