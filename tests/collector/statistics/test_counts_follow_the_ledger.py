"""What is counted beside the events equals a full recount, in whatever order they come and come again."""

import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.days import date_of, day_begin_ms, day_number, day_of, ms_of
from collector.ledger import postgres_derived
from collector.ledger.connection import reading
from collector.ledger.migrations import migrations
from collector.ledger.port import Batch, Ledger, Taken
from collector.ledger.postgres_connection import connect
from collector.statistics.day_counts import DayCounts, recount
from kiosk.wire.events import decode
from kiosk.wire.health import Health
from kiosk.wire.status import Presence, Status

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
STREAM = "00112233445566778899aabbccddeeff"
VERDICTS = [("accepted", "kiosk_form"), ("accepted", "portal"), ("missing", "none")]
VERDICTS += [("refer", "declared_risk"), ("accepted", "paper"), ("accepted", "pass")]
NOTICES = ["not_personal", "invalid", "camera_fault", "anchor"]


def take(ledger: Ledger, *payloads: tuple[str, bytes], now: datetime = NOW) -> None:
    taken = [Taken(decode(payload, kiosk), payload) for kiosk, payload in payloads]
    ledger.commit(Batch(events=taken), now)


def events_of_a_week(make_event: Any, dice: random.Random) -> list[tuple[str, bytes]]:
    """Three kiosks; two of them do not know the time until an anchor tells, days later."""
    made = []
    for number, kiosk in enumerate(("cho-1", "cho-2", "portal-1")):
        began = NOW - timedelta(days=7)
        for seq in range(1, 40):
            at = began + timedelta(hours=4 * seq)
            is_sure = number == 2 or seq % 13 == 0
            told = at if is_sure else datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seq)
            more: dict[str, Any] = {}
            if dice.random() < 0.2:
                notice = dice.choice(NOTICES)
                data = {"notice": notice, "reason": "hourly", "count": dice.randint(1, 5)}
                more["kind"] = "notice"
            else:
                verdict, reason = dice.choice(VERDICTS)
                way = dice.choice(["in", "out", "unknown"])
                data = {"verdict": verdict, "reason": reason, "direction": way, "code": "cccd"}
                if dice.random() < 0.2:
                    data["follows"] = "019abc00-0000-7000-8000-000000000001"
                if kiosk == "portal-1":
                    data["venue"] = dice.choice(["cho-mau", "truong-mau"])
            boot = f"{1 + seq // 14:08x}-2222-3333-4444-555555555555"
            payload = make_event(
                seq,
                kiosk=kiosk,
                at=told.isoformat().replace("+00:00", "Z"),
                timequality="ntp" if is_sure else "unknown",
                boottime=str(seq % 14 * 4 * 3600 * 10**9),
                bootid=boot,
                data=data,
                **more,
            )
            made.append((kiosk, payload))
    return made


def kept(store: Any) -> tuple[set[Any], set[Any]]:
    return set(store.sql("SELECT * FROM day_visits")), set(store.sql("SELECT * FROM day_notices"))


def counted_anew(store: Any) -> tuple[set[Any], set[Any]]:
    with reading(store.reader) as connection:
        return recount(connection)


@pytest.mark.parametrize(
    ("store", "seed"),
    [*(("sqlite", n) for n in range(6)), ("postgresql", 0), ("postgresql", 1)],
    indirect=["store"],
)
def test_counts_equal_a_recount_after_any_order_of_late_repeated_and_corrected_events(
    store, make_event, seed
) -> None:
    dice = random.Random(seed)
    events = events_of_a_week(make_event, dice)
    events += dice.sample(events, 30)  # repeats
    dice.shuffle(events)
    ledger = store.ledger(DayCounts())
    ledger.open()

    while events:
        size = dice.randint(1, 20)
        take(ledger, *events[:size])
        events = events[size:]
        assert kept(store) == counted_anew(store)
    while ledger.tidy():
        assert kept(store) == counted_anew(store)
    ledger.close()

    visits, notices = kept(store)
    assert sum(row[3] for row in visits) + sum(row[4] for row in notices) > 80
    assert not any(row[2] == "anchor" for row in notices)
    assert {row[2] for row in visits} == {"", "cho-mau", "truong-mau"}
    # corrected: hardly an event is left on the day that its kiosk first believed in
    assert all(date_of(row[0]).year == 2026 and date_of(row[0]).month == 11 for row in visits)


def test_an_event_that_comes_late_counts_on_the_day_it_happened(store, make_event) -> None:
    ledger = store.ledger(DayCounts())
    ledger.open()

    # 23:30 there, the day before by UTC+7
    take(ledger, ("cho-1", make_event(1, at="2026-11-20T16:30:00.000000Z")))
    take(ledger, ("cho-1", make_event(2, at="2026-11-20T17:30:00.000000Z")))
    ledger.close()

    assert {(date_of(row[0]).day, row[3]) for row in kept(store)[0]} == {(20, 1), (21, 1)}


def test_a_ledger_from_before_gets_its_counts_from_its_events(store, make_event) -> None:
    ledger = store.ledger()
    ledger.open()
    take(ledger, *events_of_a_week(make_event, random.Random(5)))
    ledger.close()
    for table in ("day_visits", "day_notices"):
        store.sql(f"DROP TABLE {table}")
    store.sql("DROP INDEX visit_of_day")

    brought_up(store, ledger)

    assert kept(store) == counted_anew(store)
    assert kept(store)[0]


def brought_up(store: Any, ledger: Ledger) -> None:
    """By the step that has made these tables."""
    if store.is_sqlite:
        assert any(step.name == "m007_days" for step in migrations._migrations)  # noqa: SLF001
        store.sql("DROP TABLE kiosk_day")
        store.sql("DELETE FROM _sqlite_migrations WHERE name = 'm007_days'")
        ledger.open()
        ledger.close()
        return
    store.sql("DROP FUNCTION json_extract")
    for table in ("trace_venue", "trace_visit", "stay", "stay_change", "numbered"):
        store.sql(f"DROP TABLE {table}")
    with closing(connect(store.where)) as connection:
        postgres_derived.m003(connection)


def heard(at: datetime, **more: Any) -> Health:
    numbers = {"boot": 1, "birth": 1, "sent": 0, "parked": 0, "refused": 0, "reconnects": 0}
    fields: dict[str, Any] = {
        **{"uptime_s": 3600.0, "waiting": 0, "oldest_s": 0.0, "receipt_age_s": 1.0},
        **{"free_mib": 900, "storage": "ok", "load_1m": 0.1, **more},
    }
    return Health(STREAM, at=at, **numbers, **fields)


def test_each_hour_in_which_a_kiosk_is_heard_is_kept_with_its_last_word(store) -> None:
    ledger = store.ledger(DayCounts())
    ledger.open()
    eight = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)
    birth = Status(Presence.ONLINE, STREAM, 1, 4, eight)
    bye = Status(Presence.OFFLINE, STREAM, 1, 4, eight + timedelta(hours=3))
    will = Status(Presence.OFFLINE, STREAM, 1, 4, eight)

    def day() -> tuple[Any, ...]:
        (row,) = store.sql(
            "SELECT hours, up_since_ms, waiting, faulty, goodbye, day FROM kiosk_day"
        )
        return row

    ledger.commit(Batch(statuses=[("cho-1", birth)]), eight)
    ledger.commit(Batch(health=[("cho-1", heard(eight, waiting=7))]), eight)
    later = eight + timedelta(hours=2)
    ledger.commit(Batch(health=[("cho-1", heard(later, extra={"fault": "no_receipts"}))]), later)
    up_since_ms = ms_of(eight) - 3_600_000
    today = day_number(eight.date())
    assert day() == (1 << 8 | 1 << 10, up_since_ms, 0, 1 << 10, 0, today)

    ledger.commit(Batch(statuses=[("cho-1", will)]), later)
    assert day()[4] == 0
    ledger.commit(Batch(statuses=[("cho-1", bye)]), later)
    assert day()[4] == 1
    ledger.close()


def test_days_are_numbered_as_the_ledger_numbers_them() -> None:
    day = day_of(ms_of(datetime(2026, 11, 24, 17, 0, tzinfo=UTC)))

    assert date_of(day).isoformat() == "2026-11-25"
    assert day_number(date_of(day)) == day
    assert day_of(day_begin_ms(day)) == day
    assert day_of(day_begin_ms(day) - 1) == day - 1
