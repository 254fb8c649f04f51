"""The stream behind /events: the state now, every newer one, and the same one again as a heartbeat.

A heartbeat is only sent while the loop turns: a page that hears one knows that what it shows is still true, and one
that hears nothing for ten seconds goes out of order by itself.
"""

import json
import time
from collections.abc import Callable, Iterator

from kiosk.web.feed import Feed, State, Subscription

RETRY_MS = 1000
# a stream whose reader has gone holds a thread no longer than this
LOOK_EVERY_S = 0.25


def stream(
    feed: Feed,
    subscription: Subscription,
    write: Callable[[State], str],
    is_gone: Callable[[], bool],
    *,
    heartbeat_s: float,
    stream_s: float,
) -> Iterator[str]:
    """Lines of `text/event-stream` until the reader `is_gone`, the feed closes, or `stream_s` are over.

    `write` makes the lines of one state, with what is only known when it is sent.
    """
    # first a comment: the server sends its headers only with the first bytes of the body
    yield f": here\nretry: {RETRY_MS}\n\n"
    ends_s = time.monotonic() + stream_s
    while time.monotonic() < ends_s:
        state = _next(subscription, is_gone, heartbeat_s) or feed.last()
        if subscription.closed or is_gone():
            return
        if state is None or not feed.is_fresh():
            # nothing that a page could show; the write still finds out whether anybody is there
            yield ": waiting\n\n"
        else:
            yield write(state)


def _next(
    subscription: Subscription, is_gone: Callable[[], bool], heartbeat_s: float
) -> State | None:
    ends_s = time.monotonic() + heartbeat_s
    while (left_s := ends_s - time.monotonic()) > 0 and not subscription.closed:
        state = subscription.next(min(left_s, LOOK_EVERY_S))
        if state is not None or is_gone():
            return state
    return None


def event(state: State) -> str:
    return f"id: {state['seq']}\ndata: {json.dumps(state, ensure_ascii=False)}\n\n"
