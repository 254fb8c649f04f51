from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kiosk.attendance import KEPT_PEOPLE, Attendance
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2021, 9, 29, 1, 0, tzinfo=UTC)  # 08:00 in Trà Vinh
LAST_MINUTE = datetime(2021, 9, 29, 16, 59, tzinfo=UTC)
MIDNIGHT = datetime(2021, 9, 29, 17, 0, tzinfo=UTC)
VISIT = Visit("v", MORNING, Direction.IN, Verdict(Outcome.ACCEPTED, "pass"), "cccd")


def test_who_has_been_here_is_remembered_until_midnight_of_the_place():
    attendance = Attendance(ZONE, MORNING, began_empty=True)
    attendance.remember(b"somebody", VISIT, 5.0)

    attendance.turn_day(LAST_MINUTE)
    assert attendance.last(b"somebody").visit == VISIT

    attendance.turn_day(MIDNIGHT)
    assert attendance.last(b"somebody") is None


def test_a_memory_lost_during_the_day_is_complete_again_the_next_day():
    attendance = Attendance(ZONE, MORNING, began_empty=False)
    assert not attendance.complete

    attendance.turn_day(MIDNIGHT)

    assert attendance.complete


def test_the_oldest_are_forgotten_first_when_there_are_too_many():
    attendance = Attendance(ZONE, MORNING, began_empty=True)

    for number in range(KEPT_PEOPLE + 1):
        attendance.remember(number.to_bytes(4, "big"), VISIT, 0.0)

    assert attendance.last((0).to_bytes(4, "big")) is None
    assert attendance.last((1).to_bytes(4, "big")) is not None
