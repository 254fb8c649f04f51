"""A contact that nobody has wrapped."""

import contextlib
import json

from collector.cases.port import Held, NotUnwrapped
from kiosk.wire.data import Sealed, sealed_of
from kiosk.wire.errors import WireError


def as_kept(held: Held) -> Sealed:
    """Unwraps what nobody has wrapped: the contact as its kiosk has sent it."""
    match json.loads(held.message)["data"]["contact"]:
        case {"key": str(key), "sealed": str(text), **others} if not others:
            with contextlib.suppress(WireError):
                if sealed := sealed_of(key, text, "contact"):
                    return sealed
    raise NotUnwrapped("still_wrapped")
