"""Tags: five bytes by which a kiosk recognises, today only, a person who declared elsewhere.

The collector's inbox computes them from an opened link, a kiosk from the card before it, both under the key of the
day. Who holds the day's key can try out numbers, so it is good for one day and lives in RAM (docs/privacy.md).
"""

import hashlib
import hmac

from kiosk.domain.identity import Identifier

TAG_BYTES = 5  # among 100,000 people of a day a stranger passes for one of them once in ten million
KEY_BYTES = 32


def tag(day_key: bytes, identifier: Identifier, birth_year: str, folded_name: str) -> bytes:
    """`birth_year` is YYYY or empty, `folded_name` as kiosk.domain.names makes it: a number alone names nobody."""
    text = "\0".join((identifier.scheme, identifier.value, birth_year, folded_name))
    return hmac.digest(day_key, text.encode("utf-8"), hashlib.sha256)[:TAG_BYTES]
