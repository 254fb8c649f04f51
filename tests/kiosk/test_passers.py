from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kiosk.passers import PassersThisHour

HERE = datetime(2026, 11, 28, 8, 15, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def test_they_are_counted_from_the_full_hour_on():
    count, here = [7], [HERE]
    passers = PassersThisHour(lambda: count[0], lambda: here[0])
    assert passers() == 0

    count[0] = 19
    assert passers() == 12
    here[0] += timedelta(hours=1)
    assert passers() == 0
    count[0] = 20
    here[0] += timedelta(minutes=10)
    assert passers() == 1
    here[0] += timedelta(days=1)
    assert passers() == 0


def test_without_a_barrier_nothing_is_known():
    assert PassersThisHour(lambda: None, lambda: HERE)() is None
