from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.on_paper import PaperFault, fault_of

NOW = datetime(2026, 11, 28, 8, 15, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("age", "fault"),
    [
        (timedelta(0), None),
        (WEEK, None),
        (WEEK + timedelta(seconds=1), PaperFault.TOO_OLD),
        (timedelta(seconds=-1), PaperFault.FUTURE),
    ],
)
def test_a_paper_is_of_the_last_days_and_of_no_time_to_come(age, fault):
    assert fault_of(NOW - age, NOW, WEEK) is fault
