"""The stream behind /events: the state now, every newer one, and the same one again as a heartbeat.

A heartbeat is only sent while the loop turns: a page that hears one knows that what it shows is still true, and one
that hears nothing for ten seconds goes out of order by itself.
"""

import json
import time
from collections.abc import Callable, Iterator

from kiosk.web.feed import Feed, State

RETRY_MS = 1000


def stream(
    feed: Feed, finish: Callable[[State], State], *, heartbeat_s: float, stream_s: float
) -> Iterator[str]:
    """Lines of `text/event-stream`. `finish` adds what is only known when it is sent. Raise FeedFull at once."""
    # first a comment: the server sends its headers only with the first bytes of the body
    yield f": here\nretry: {RETRY_MS}\n\n"
    ends_s = time.monotonic() + stream_s
    with feed.subscribe() as subscription:
        while time.monotonic() < ends_s and not subscription.closed:
            state = subscription.next(heartbeat_s)
            if state is None:
                state = feed.last()
            if state is None or not feed.is_fresh():
                # nothing that a page could show; the write still finds out whether anybody is there
                yield ": waiting\n\n"
                continue
            yield event(finish(state))


def event(state: State) -> str:
    return f"id: {state['seq']}\ndata: {json.dumps(state, ensure_ascii=False)}\n\n"
