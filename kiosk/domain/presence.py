"""When is a code in view a new presentation by a visitor?

A person holds a code up for a second or more, and the eye reads it in every frame. In: what is in view, the digest of
the code just read, and monotonic seconds. Out: whether this reading begins a presentation, and the new view. A code
counts as seen only once the loop calls `settle` after the visit is committed: a failed commit must not silence it.
"""

from dataclasses import dataclass, replace

# "Same payload ignored for 3 s unless it left the view for 1 s": the time a hand needs to leave and come back.
GONE_AFTER_S = 1.0
# A visitor's code is forgotten after this, so that the view stays small however many pass.
KEPT_S = 10.0


@dataclass(frozen=True, slots=True)
class Held:
    """One code that has been answered and may still be in view."""

    last_read_s: float


@dataclass(frozen=True, slots=True)
class View:
    held: tuple[tuple[bytes, Held], ...] = ()


def is_new(view: View, digest: bytes, now_s: float) -> bool:
    """True when this reading begins a presentation that has not been answered yet."""
    held = dict(view.held).get(digest)
    return held is None or now_s - held.last_read_s > GONE_AFTER_S


def seen_again(view: View, digest: bytes, now_s: float) -> View:
    """The view after a reading of a code that is already answered: it is still in the hand."""
    return replace(
        view,
        held=tuple((d, Held(now_s) if d == digest else h) for d, h in view.held),
    )


def settle(view: View, digest: bytes, now_s: float) -> View:
    """The view once the presentation of this code has been answered for good."""
    kept = tuple((d, h) for d, h in view.held if d != digest and now_s - h.last_read_s <= KEPT_S)
    return View((*kept, (digest, Held(now_s))))
