from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.domain.policy import Policy
from kiosk.store.declared import DeclaredPeople
from kiosk.store.outbox import Outbox
from kiosk.store.stamp import Stamp
from kiosk.telemetry import Telemetry
from kiosk.upkeep import ANCHOR_LOOK_S, READING_EVERY_S, Upkeep, anchor_due
from kiosk.wire import events
from kiosk.wire.data import NoticeData

BOOT = "3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11"
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def stamp(after_s: float, synchronised: bool = True) -> Stamp:
    boottime_ns = int((60 + after_s) * 1e9)
    return Stamp(NOON + timedelta(seconds=after_s), BOOT, boottime_ns, synchronised)


@pytest.mark.parametrize(
    ("after_s", "synchronised", "last_s", "due"),
    [
        (0, False, None, False),
        (7_200, False, None, False),
        (0, True, None, True),
        (0, True, 0, False),
        (3_599, True, 0, False),
        (3_600, True, 0, True),
        (7_200, False, 0, False),
    ],
)
def test_an_anchor_is_due_when_the_time_becomes_certain_and_every_hour_after(
    after_s: float, synchronised: bool, last_s: float | None, due: bool
) -> None:
    last = None if last_s is None else stamp(last_s)

    assert anchor_due(stamp(after_s, synchronised), last) is due


def test_a_wall_clock_that_jumps_makes_no_anchor_due(tmp_path: Path) -> None:
    jumped = Stamp(NOON + timedelta(days=400), BOOT, stamp(60).boottime_ns, True)

    assert not anchor_due(jumped, stamp(0))


def test_anchors_are_written_as_notices_of_the_stream(tmp_path: Path) -> None:
    clock = [stamp(0, synchronised=False)]
    with Outbox(tmp_path / "state.db", "cho-1", owner=True) as outbox:
        upkeep = Upkeep(outbox, DeclaredPeople(), Policy(), 0.0, lambda: clock[0])
        for turn, now in enumerate(
            [stamp(1, False), stamp(2), stamp(3), stamp(3_601), stamp(3_603)]
        ):
            clock[0] = now
            upkeep.keep_house(turn * ANCHOR_LOOK_S)
        written = [events.decode(row.payload, "cho-1") for row in outbox.waiting(0, 9)]

    assert [event.data for event in written] == [
        NoticeData("anchor", "synchronised"),
        NoticeData("anchor", "hourly"),
    ]
    assert [event.boottime_ns for event in written] == [
        stamp(2).boottime_ns,
        stamp(3_603).boottime_ns,
    ]
    assert {event.time_quality for event in written} == {"ntp"}


def test_how_reading_went_is_told_once_an_hour_and_counted_anew(tmp_path: Path) -> None:
    telemetry = Telemetry()
    with Outbox(tmp_path / "state.db", "cho-1", owner=True) as outbox:
        upkeep = Upkeep(outbox, DeclaredPeople(), Policy(), 0.0, lambda: stamp(0))
        upkeep.tell_reading(READING_EVERY_S, telemetry)  # nothing was read
        for took_ms in (10.4, 20.0, 90.0):
            telemetry.since_told.read(took_ms)
            telemetry.lit(took_ms + 5)
        for reason in ("too_far", "too_far", "glare"):
            telemetry.count("guidance", reason)

        upkeep.tell_reading(READING_EVERY_S - 1, telemetry)
        upkeep.tell_reading(READING_EVERY_S, telemetry)
        telemetry.since_told.read(7.0)
        upkeep.tell_reading(2 * READING_EVERY_S - 1, telemetry)
        upkeep.tell_reading(2 * READING_EVERY_S, telemetry)
        upkeep.tell_reading(3 * READING_EVERY_S, telemetry)
        told = [events.decode(row.payload, "cho-1").data for row in outbox.waiting(0, 9)]

    first = {"reads": 3, "read_ms_p50": 20, "read_ms_p95": 90, "scan_to_light_ms_p95": 95}
    advice = {"guidance_too_far": 67, "guidance_glare": 33}
    second = {"reads": 1, "read_ms_p50": 7, "read_ms_p95": 7}
    assert told == [
        NoticeData("reading", "hourly", extra=first | advice),
        NoticeData("reading", "hourly", extra=second),
    ]


def test_what_could_not_be_told_is_told_later(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    telemetry, outbox = Telemetry(), Outbox(folder / "state.db", "cho-1", owner=True)
    upkeep = Upkeep(outbox, DeclaredPeople(), Policy(), 0.0, lambda: stamp(0))
    telemetry.since_told.read(7.0)

    upkeep.tell_reading(READING_EVERY_S, telemetry)
    folder.mkdir()
    with outbox:
        upkeep.tell_reading(READING_EVERY_S + 1, telemetry)
        too_soon = outbox.waiting(0, 9)
        upkeep.tell_reading(READING_EVERY_S + 60, telemetry)
        told = outbox.waiting(0, 9)

    assert [len(too_soon), len(told)] == [0, 1]


def test_a_camera_that_stays_blind_is_told_after_a_minute_and_every_hour(tmp_path: Path) -> None:
    with Outbox(tmp_path / "state.db", "cho-1", owner=True) as outbox:
        upkeep = Upkeep(outbox, DeclaredPeople(), Policy(), 0.0, lambda: stamp(0))
        for now_s, fault in [(0, "eye"), (30, ""), (40, "camera"), (99, "camera"), (100, "camera")]:
            upkeep.tell_blind(now_s, fault)
        upkeep.tell_blind(3_699, "camera")
        upkeep.tell_blind(3_700, "camera")
        upkeep.tell_blind(3_701, "")
        written = [events.decode(row.payload, "cho-1").data for row in outbox.waiting(0, 9)]

    assert written == [NoticeData("camera_fault", "camera")] * 2


def test_each_opening_of_the_box_is_told_once(tmp_path: Path) -> None:
    with Outbox(tmp_path / "state.db", "cho-1", owner=True) as outbox:
        upkeep = Upkeep(outbox, DeclaredPeople(), Policy(), 0.0, lambda: stamp(0))
        for state in ("closed", "open", "open", "was_opened", "closed", "was_opened", "none", ""):
            upkeep.tell_box(state)
        written = [events.decode(row.payload, "cho-1").data for row in outbox.waiting(0, 9)]

    assert [(one.notice, one.reason) for one in written if isinstance(one, NoticeData)] == [
        *(("box", "opened"), ("box", "opened")),
    ]
