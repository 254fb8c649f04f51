"""Made-up people. Their card numbers have zeros for a serial number, so that they are nobody's."""

import random
from dataclasses import dataclass
from functools import lru_cache

from collector.inbox.unsealing import PSEUDONYM_BYTES
from kiosk.domain.identity import Scheme
from kiosk.privacy.pseudonym import pseudonym

# place of birth, century and sex, year: as many as there are cards with a serial number of zeros
MOST = 96 * 4 * 100


def card_number(person: int) -> str:
    """Twelve digits of a citizen card."""
    person %= MOST
    return f"{1 + person % 96:03}{person // 96 % 4}{person // 384:02}000000"


@dataclass(frozen=True)
class Pseudonyms:
    """By the key of this demonstration, as the inbox would make them."""

    key: bytes

    def __call__(self, person: int) -> bytes:
        return _pseudonym(self.key, person)


@lru_cache(maxsize=100_000)
def _pseudonym(key: bytes, person: int) -> bytes:
    return pseudonym(key, Scheme.CCCD, card_number(person))[:PSEUDONYM_BYTES]


def favourites(people: int, venues: int, seed: int) -> list[tuple[int, ...]]:
    """Three places of each person."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    return [tuple(dice.randrange(venues) for _ in range(3)) for _ in range(people)]
