from itertools import combinations

import pytest

from kiosk.cues import signal_for
from kiosk.domain.shown import Cue

GREEN = {Cue.ACCEPTED, Cue.ALREADY, Cue.GOODBYE}


def rhythm(cue):
    """What somebody who cannot tell colours apart gets: blinking, and the length of beeps and pauses."""
    signal = signal_for(cue)
    beeps = tuple((beep.on_s, beep.off_s) for beep in signal.beeps)
    return signal.light is None, signal.blink_s, beeps


@pytest.mark.parametrize(("one", "other"), list(combinations(Cue, 2)))
def test_cues_differ_by_rhythm_and_not_by_colour_alone(one, other):
    assert rhythm(one) != rhythm(other)


@pytest.mark.parametrize("cue", list(Cue))
def test_only_whoever_may_pass_gets_green_and_the_door(cue):
    signal = signal_for(cue)

    assert (signal.light == "green") == (cue in GREEN)
    assert (signal.relay_s > 0) == (cue in GREEN)


@pytest.mark.parametrize("cue", list(Cue))
def test_nothing_flashes_more_than_three_times_a_second(cue):
    blink_s = signal_for(cue).blink_s

    assert blink_s is None or sum(blink_s) >= 1 / 3
