"""What lamps, buzzer and door do over time: a `Signal`, and how it looks at any moment after it began."""

from dataclasses import dataclass
from typing import Literal

Lamp = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Beep:
    """One tone and the pause after it. An active buzzer has one pitch of its own and keeps only the rhythm."""

    frequency_hz: float
    on_s: float
    off_s: float


@dataclass(frozen=True, slots=True)
class Signal:
    """One lamp or none, steady or blinking until the next signal; beeps once; the door relay once.

    `blink_s` is (on_s, off_s), None for steady. `Signal()` is dark, silent and shut.
    """

    light: Lamp | None = None
    blink_s: tuple[float, float] | None = None
    beeps: tuple[Beep, ...] = ()
    relay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """The outputs at one instant, and for how long they stay so; None means until the next signal."""

    lamp: Lamp | None
    tone_hz: float | None
    relay: bool
    lasts_s: float | None


def moment(signal: Signal, elapsed_s: float) -> Moment:
    """How `signal` looks `elapsed_s` seconds after it began."""
    lit, lamp_s = _lamp(signal, elapsed_s)
    tone_hz, tone_s = _tone(signal.beeps, elapsed_s)
    relay = elapsed_s < signal.relay_s
    relay_s = signal.relay_s - elapsed_s if relay else None
    changes_s = [s for s in (lamp_s, tone_s, relay_s) if s is not None]
    return Moment(
        signal.light if lit else None, tone_hz, relay, min(changes_s) if changes_s else None
    )


def _lamp(signal: Signal, elapsed_s: float) -> tuple[bool, float | None]:
    if signal.light is None or signal.blink_s is None:
        return signal.light is not None, None
    on_s, off_s = signal.blink_s
    if on_s <= 0 or off_s <= 0:
        return on_s > 0, None
    into_s = elapsed_s % (on_s + off_s)
    return (True, on_s - into_s) if into_s < on_s else (False, on_s + off_s - into_s)


def _tone(beeps: tuple[Beep, ...], elapsed_s: float) -> tuple[float | None, float | None]:
    begins_s = 0.0
    for beep in beeps:
        silent_from_s = begins_s + beep.on_s
        if elapsed_s < silent_from_s:
            return beep.frequency_hz, silent_from_s - elapsed_s
        begins_s = silent_from_s + beep.off_s
        if elapsed_s < begins_s:
            return None, begins_s - elapsed_s
    return None, None
