import pytest

from hardware.rhythm import Beep, Moment, Signal, moment

TWICE = (Beep(300, 0.2, 0.1), Beep(400, 0.2, 0.0))


@pytest.mark.parametrize(
    ("signal", "elapsed_s", "expected"),
    [
        pytest.param(Signal(), 0.0, Moment(None, None, False, None), id="nothing"),
        pytest.param(Signal("red"), 99.0, Moment("red", None, False, None), id="steady for ever"),
        pytest.param(
            Signal("red", (0.25, 0.5)), 0.0, Moment("red", None, False, 0.25), id="blink begins lit"
        ),
        pytest.param(
            Signal("red", (0.25, 0.5)), 0.25, Moment(None, None, False, 0.5), id="blink dark"
        ),
        pytest.param(
            Signal("red", (0.25, 0.5)), 0.75, Moment("red", None, False, 0.25), id="blink again"
        ),
        pytest.param(
            Signal("red", (0.25, 0.0)), 5.0, Moment("red", None, False, None), id="no dark part"
        ),
        pytest.param(
            Signal("red", (0.0, 0.5)), 5.0, Moment(None, None, False, None), id="no lit part"
        ),
        pytest.param(Signal(beeps=TWICE), 0.0, Moment(None, 300, False, 0.2), id="first beep"),
        pytest.param(Signal(beeps=TWICE), 0.25, Moment(None, None, False, 0.05), id="pause"),
        pytest.param(Signal(beeps=TWICE), 0.375, Moment(None, 400, False, 0.125), id="second"),
        pytest.param(Signal(beeps=TWICE), 0.5, Moment(None, None, False, None), id="silent after"),
        pytest.param(Signal(relay_s=3.0), 1.0, Moment(None, None, True, 2.0), id="door open"),
        pytest.param(Signal(relay_s=3.0), 3.0, Moment(None, None, False, None), id="door shut"),
        pytest.param(
            Signal("green", (1.0, 1.0), TWICE, 0.5),
            0.125,
            Moment("green", 300, True, 0.075),
            id="the next change of all counts",
        ),
    ],
)
def test_a_signal_at_a_moment(signal: Signal, elapsed_s: float, expected: Moment) -> None:
    seen = moment(signal, elapsed_s)

    assert (seen.lamp, seen.tone_hz, seen.relay) == (
        expected.lamp,
        expected.tone_hz,
        expected.relay,
    )
    assert seen.lasts_s == pytest.approx(expected.lasts_s)
