"""Health-insurance numbers, old and new, by the ten digits they have in common.

Old: two letters of class, one digit of level, two of province, ten of insurance number. New: the ten alone. The class
letters can tell somebody's social standing and are dropped here.
"""

import re

from kiosk.domain.identity import Identifier, Scheme

_NUMBER = re.compile(r"(?:[A-Z]{2}[0-9]{3})?([0-9]{10})")


def identifiers(number: str) -> list[Identifier]:
    """One identifier, or none when this is no insurance number."""
    match = _NUMBER.fullmatch(number)
    return [Identifier(Scheme.BHYT, match[1])] if match else []
