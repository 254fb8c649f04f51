"""A cue of the machine -> what lamp, buzzer and door do. Verdicts differ by rhythm as well as by colour.

Rhythms and pitches are those of the shared facts, screen section 5. Nothing flashes more than three times a second.
"""

from hardware.lights import Beep, Signal
from kiosk.domain.shown import Cue

_RISING = (Beep(880, 0.09, 0.06), Beep(1320, 0.09, 0.0))
_FALLING = (Beep(1320, 0.09, 0.06), Beep(880, 0.09, 0.0))
_LOW_TWICE = (Beep(300, 0.2, 0.15), Beep(300, 0.2, 0.0))


# seen across a hall, and like no verdict: one short light in a second, without a sound
IDENTIFY = Signal(light="amber", blink_s=(0.2, 0.8))


def signal_for(cue: Cue, door_relay_s: float = 3.0) -> Signal:
    match cue:
        case Cue.OFF:
            return Signal()
        case Cue.ACCEPTED:
            return Signal(light="green", beeps=_RISING, relay_s=door_relay_s)
        case Cue.ALREADY:
            return Signal(light="green", beeps=_RISING[:1], relay_s=door_relay_s)
        case Cue.GOODBYE:
            # leaving is green too, told from entering by a blink and by a tune that falls
            return Signal(light="green", blink_s=(0.3, 0.3), beeps=_FALLING, relay_s=door_relay_s)
        case Cue.MISSING:
            return Signal(light="amber", blink_s=(0.5, 0.5), beeps=(Beep(660, 0.4, 0.0),))
        case Cue.REFER:
            return Signal(light="red", beeps=_LOW_TWICE)
        case Cue.NOT_USABLE:
            return Signal(light="red", blink_s=(0.25, 0.25), beeps=(Beep(300, 0.25, 0.0),))
        case Cue.FAULT:
            return Signal(light="red", blink_s=(0.2, 1.8))
        case Cue.NEARLY_FULL:
            # silent, and almost steady: it speaks of the venue, not of whoever stands there
            return Signal(light="amber", blink_s=(2.0, 1.0))
        case Cue.FULL:
            return Signal(light="red")
