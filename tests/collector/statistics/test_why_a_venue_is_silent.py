"""One cause for each silent venue: by hand at the edges, and on a made-up month whose causes are known."""

from dataclasses import replace
from datetime import date

import pytest

from collector.days import day_number
from collector.demo import province, trial
from collector.registry import hours
from collector.statistics.diagnosis import (
    Cause,
    VenueFacts,
    diagnose,
    is_usually_quiet,
    opening_hours,
)
from collector.statistics.figures import KioskDay, KioskFacts, Scan

ALL_DAY = KioskDay(100, 0x3FFC0, 2_000_000, 1_000_000, 0, "ok", goodbye=False)
UP = KioskFacts("cho-1", today=ALL_DAY)
GONE = KioskFacts("cho-1", before=replace(ALL_DAY, day=99))
OPEN = frozenset(range(6, 18))
SEEN = {
    "nothing was ever heard": (VenueFacts([KioskFacts("cho-1")]), Cause.NEVER_ENROLLED),
    "no kiosk at all": (VenueFacts([]), Cause.NEVER_ENROLLED),
    "heard all day, nobody came": (VenueFacts([UP], opening=OPEN), Cause.UNUSED),
    "closed on this day": (VenueFacts([UP], opening=frozenset()), Cause.CLOSED),
    "closed every week": (VenueFacts([UP], is_usually_quiet=True), Cause.CLOSED),
    "hours are known, the weekday says nothing": (
        VenueFacts([UP], opening=OPEN, is_usually_quiet=True),
        Cause.UNUSED,
    ),
    "its camera was blind": (VenueFacts([replace(UP, blind=7)], opening=OPEN), Cause.BLIND),
    "blind for an hour only": (VenueFacts([replace(UP, blind=1)], opening=OPEN), Cause.UNUSED),
    "one of two doors sees": (
        VenueFacts([replace(UP, blind=9), UP], opening=OPEN),
        Cause.UNUSED,
    ),
    "not heard, nothing waited": (VenueFacts([GONE], opening=OPEN), Cause.OFF),
    "not heard, visits waited": (
        VenueFacts([replace(GONE, before=replace(ALL_DAY, waiting=9))], opening=OPEN),
        Cause.BACKLOG,
    ),
    "it said goodbye": (
        VenueFacts([replace(GONE, before=replace(ALL_DAY, waiting=9, goodbye=True))], opening=OPEN),
        Cause.OFF,
    ),
    "it has sworn to more": (VenueFacts([replace(GONE, to_come=4)], opening=OPEN), Cause.BACKLOG),
    "it came back and had run on": (
        VenueFacts([replace(GONE, after=replace(ALL_DAY, day=103))], opening=OPEN),
        Cause.BACKLOG,
    ),
    "it came back, just switched on": (
        VenueFacts([replace(GONE, after=replace(ALL_DAY, up_since_ms=9_000_000))], opening=OPEN),
        Cause.OFF,
    ),
    "a checkpoint that is away": (
        VenueFacts([GONE], opening=frozenset(range(24)), is_mobile=True),
        Cause.BACKLOG,
    ),
    "heard for an hour of twelve": (
        VenueFacts([replace(UP, today=replace(ALL_DAY, hours=1 << 6))], opening=OPEN),
        Cause.OFF,
    ),
}


@pytest.mark.parametrize(("facts", "cause"), SEEN.values(), ids=SEEN)
def test_a_silent_venue_has_one_cause(facts, cause) -> None:
    assert diagnose(facts) is cause


def scans(*at_s: float, people: str = "") -> list[Scan]:
    names = people or "abcdefghijklmnopqrstuvwxyz"
    return [
        Scan("cho-1", "", int(at * 1000), ord(names[n % len(names)])) for n, at in enumerate(at_s)
    ]


@pytest.mark.parametrize(
    ("seen", "is_suspicious"),
    [
        (scans(*range(0, 3_000, 300)), False),
        (scans(*range(0, 3_000, 300), people="a"), True),
        (scans(*range(0, 3_000, 300), people="aaaab"), True),
        (scans(0, 400, 800, people="a"), False),  # three visits of one person are a quiet day
        (scans(*(n * 1.5 for n in range(12))), True),
        (scans(*(n * 5.0 for n in range(12))), False),  # a queue at a gate
        (scans(*(n * 1.5 for n in range(5))), False),  # a family
        ([Scan("k", "", n * 300_000, None) for n in range(9)], False),  # nobody is known
    ],
)
def test_who_pretends_is_told_from_who_visits(seen, is_suspicious) -> None:
    found = diagnose(VenueFacts([UP], scans=seen, opening=OPEN))

    assert (found is Cause.SUSPICIOUS) is is_suspicious


def test_hours_of_a_day_hold_what_ran_past_midnight() -> None:
    parsed = hours.parse("T2-T6 07:00-11:30, 13:00-17:00; T7 20:00-02:00")
    spans = [(one.day, one.from_min, one.until_min) for one in parsed.spans]

    assert opening_hours(spans, date(2026, 11, 23)) == {7, 8, 9, 10, 11, 13, 14, 15, 16}
    assert opening_hours(spans, date(2026, 11, 29)) == {0, 1}
    assert opening_hours(spans, date(2026, 11, 28)) == {20, 21, 22, 23}
    assert opening_hours([], date(2026, 11, 28)) is None


def test_a_weekday_is_quiet_when_weeks_of_use_leave_it_out() -> None:
    used = [day for day in range(100, 128) if day % 7 != 2]

    assert is_usually_quiet(used, 128)
    assert not is_usually_quiet(used, 129)
    assert not is_usually_quiet([127], 128)


def judged(path, venues, days, busy) -> trial.Confusion:
    first = day_number(date(2026, 10, 26))
    made = province.make(venues, days)
    return trial.run(path, made, first, days, busy)


def test_on_a_made_up_fortnight_each_cause_is_told_as_it_was(tmp_path) -> None:
    found = judged(tmp_path / "ledger.db", 40, 14, 0.15)

    seen = {true for true, _ in found.seen}
    assert len(seen & set(Cause)) >= 6
    wrong = {cause: found.right(cause) for cause in [*Cause, None] if found.right(cause) < 0.9}
    assert wrong == {}, found.table()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("busy", [0.2, 0.5])
def test_on_a_made_up_month_each_cause_is_told_as_it_was(tmp_path, busy) -> None:
    found = judged(tmp_path / "ledger.db", 200, 30, busy)

    for cause in [*Cause, None]:
        assert found.right(cause) >= 0.9, (cause, found.table())
        assert found.believed(cause) >= 0.9, (cause, found.table())
