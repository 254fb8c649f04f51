"""What a visitor gets: the screens, the cues of lamp and buzzer, how long each stays, and which verdict has which."""

from enum import StrEnum

from kiosk.domain.occupancy import Level
from kiosk.domain.verdict import Outcome


class Screen(StrEnum):
    """What the visitor sees. The words are the ones of docs/operations.md."""

    IDLE = "idle"
    READING = "reading"
    ACCEPTED = "accepted"
    ALREADY = "already_recorded"
    MISSING = "missing"
    REFER = "refer"
    INVALID = "invalid"
    NOT_PERSONAL = "not_personal"
    GOODBYE = "goodbye"
    FAULT = "fault"
    TEST = "test"  # lamps and sound are being tried: what is lit says nothing of anybody


class Cue(StrEnum):
    """What the lights and the buzzer do. Patterns are in kiosk.cues."""

    OFF = "off"
    ACCEPTED = "accepted"
    ALREADY = "already_recorded"
    MISSING = "missing"
    REFER = "refer"
    NOT_USABLE = "not_usable"
    GOODBYE = "goodbye"
    FAULT = "fault"
    NEARLY_FULL = "nearly_full"
    FULL = "full"


class Fault(StrEnum):
    """A named state in which nobody can be accepted. Ordered as staff should hear of them."""

    STORAGE = "storage"  # a visit cannot be written
    EYE = "eye"  # no heartbeat from the reading process
    CAMERA = "camera"  # the eye lives, its camera does not
    PAUSED = "paused"  # by a command of the collector


# How long a result stays, unless the next code comes first (shared facts, screen section 5).
HOLD_S = {
    Screen.ACCEPTED: 2.5,
    Screen.ALREADY: 2.0,
    Screen.MISSING: 12.0,
    Screen.REFER: 6.0,
    Screen.INVALID: 4.0,
    Screen.NOT_PERSONAL: 4.0,
    Screen.GOODBYE: 2.5,
    Screen.READING: 2.0,
}

CUES = {
    Screen.IDLE: Cue.OFF,
    Screen.ACCEPTED: Cue.ACCEPTED,
    Screen.ALREADY: Cue.ALREADY,
    Screen.MISSING: Cue.MISSING,
    Screen.REFER: Cue.REFER,
    Screen.INVALID: Cue.NOT_USABLE,
    Screen.NOT_PERSONAL: Cue.NOT_USABLE,
    Screen.GOODBYE: Cue.GOODBYE,
    Screen.FAULT: Cue.FAULT,
}

# how an idle door shows how full the venue is: the lamp, and the reason on its screen
RESTS = {Level.NEAR: (Cue.NEARLY_FULL, "nearly_full"), Level.FULL: (Cue.FULL, "full")}
EMPTY_ENOUGH = (Cue.OFF, "")

SCREEN_OF = {
    Outcome.ACCEPTED: Screen.ACCEPTED,
    Outcome.MISSING: Screen.MISSING,
    Outcome.REFER: Screen.REFER,
    Outcome.INVALID: Screen.INVALID,
    Outcome.NOT_PERSONAL: Screen.NOT_PERSONAL,
}
