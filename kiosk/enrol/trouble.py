"""What can be in the way of joining, by name. The screen says each in plain words, with what to do."""

from enum import StrEnum

from kiosk.errors import KioskError
from kiosk.wire.enrolment_answer import Denial


class Trouble(StrEnum):
    NOT_A_CODE = "not_a_code"  # a code, but none that enrols
    DAMAGED = "damaged"  # an enrolment code that was changed, or cut short
    EXPIRED = "expired"
    USED = "used"
    UNKNOWN = "unknown"  # the collector has never given this code
    FOREIGN = "foreign"  # of another venue or kiosk
    REVOKED = "revoked"
    NO_NETWORK = "no_network"
    NO_WIFI = "no_wifi"  # the network in the code cannot be joined
    CLOCK = "clock"
    WRONG_PLACE = "wrong_place"  # whoever answers is not the collector of the code
    NOT_READY = "not_ready"
    TOO_OFTEN = "too_often"
    STORAGE = "storage"


_OF_DENIAL = {
    Denial.UNKNOWN: Trouble.UNKNOWN,
    Denial.USED: Trouble.USED,
    Denial.EXPIRED: Trouble.EXPIRED,
    Denial.FOREIGN: Trouble.FOREIGN,
    Denial.REVOKED: Trouble.REVOKED,
    Denial.TOO_OFTEN: Trouble.TOO_OFTEN,
}


class NotJoined(KioskError):
    """Nothing of this attempt is used. `trouble` says why."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"not joined: {trouble}{f' ({detail})' if detail else ''}")
        self.trouble = trouble


def of_denial(denial: Denial) -> Trouble:
    return _OF_DENIAL.get(denial, Trouble.NOT_READY)
