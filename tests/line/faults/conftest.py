"""Each fault with a small N; `python -m bench.faults` has the large ones. What a machine cannot do is skipped, with
the reason that the fault itself gives."""

from collections.abc import Callable

import pytest

from bench.faults.outcome import CannotHere, Outcome


def _quiet(text: str) -> None:
    pass


@pytest.fixture
def holds():
    """Runs a fault: it must have fired, the invariant must hold, and every figure with a goal must be reached."""

    def run(fault: Callable[..., Outcome], *arguments: object) -> Outcome:
        try:
            outcome = fault(*arguments)
        except CannotHere as reason:
            pytest.skip(str(reason))
        if outcome.good is None:
            pytest.skip("; ".join(outcome.skipped))
        short = [figure for figure in outcome.measured if figure.reached is False]
        assert outcome.wrong == []
        assert outcome.fired == outcome.tried > 0
        assert short == []
        return outcome

    return run


@pytest.fixture
def quiet() -> Callable[[str], None]:
    """Progress that nobody reads."""
    return _quiet
