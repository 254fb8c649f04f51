import pytest

from kiosk.uplink.backoff import reconnect_wait_s, resend_wait_s


@pytest.mark.parametrize(
    ("failures", "spread_s", "draw", "wait_s"),
    [
        (0, 60.0, 0.0, 0.0),
        (0, 60.0, 0.5, 30.0),
        (0, 60.0, 1.0, 60.0),
        (1, 60.0, 1.0, 120.0),
        (2, 60.0, 1.0, 120.0),
        (99, 60.0, 0.5, 60.0),
        (0, 2.0, 1.0, 2.0),
        (3, 2.0, 1.0, 16.0),
        (10_000, 2.0, 1.0, 120.0),
        (0, 600.0, 1.0, 600.0),  # a fleet that asks for more than the cap gets it
        (5, 600.0, 1.0, 600.0),
    ],
)
def test_a_reconnect_waits_anywhere_up_to_the_doubled_spread(
    failures: int, spread_s: float, draw: float, wait_s: float
) -> None:
    assert reconnect_wait_s(failures, spread_s, 120.0, draw) == wait_s


@pytest.mark.parametrize(
    ("tries", "draw", "wait_s"),
    [
        (1, 0.0, 60.0),
        (1, 1.0, 75.0),
        (2, 0.0, 120.0),
        (4, 0.0, 480.0),
        (5, 0.0, 900.0),
        (5_000, 1.0, 1_125.0),
    ],
)
def test_a_row_without_a_receipt_waits_twice_as_long_each_time(
    tries: int, draw: float, wait_s: float
) -> None:
    assert resend_wait_s(tries, 60.0, draw) == wait_s
