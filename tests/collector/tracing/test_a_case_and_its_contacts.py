"""From scans at doors to F1: who, how long, how sure; what is not known; and what late events change."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.tracing import case_changes
from collector.tracing.caveats import coverage
from collector.tracing.first import First
from collector.tracing.identifiers import typed
from collector.tracing.stays import Rule, Stay
from collector.tracing.trace import question, trace
from collector.tracing.traces import Traces

CASE, FRIEND, STRANGER = 1, 2, 3
TODAY = date(2026, 11, 28)
OTHER_BOOT = "11111111-2222-3333-4444-000000000009"


def traced(province, *people: int, days: int = 14):
    with Traces(province.reader) as traces:
        return trace(traces, question(people or (CASE,), days, TODAY))


def test_who_was_there_at_the_same_time_is_ranked_by_minutes_together(province) -> None:
    clock, scan = province.clock, province.scan
    province.take(
        scan(CASE, clock("8:00")),
        scan(CASE, clock("8:40"), way="out"),
        scan(STRANGER, clock("8:35")),
        scan(FRIEND, clock("8:10")),
        scan(FRIEND, clock("8:30"), way="out"),
        scan(4, clock("8:40")),  # as the case leaves
        scan(5, clock("8:10"), kiosk="cho-2"),
    )

    first = traced(province).first

    assert [(one.person, one.seconds // 60, one.sure_s // 60) for one in first] == [
        (FRIEND, 20, 20),
        (STRANGER, 5, 0),
    ]
    (met,) = first[1].meetings
    assert (met.own.rule, met.other.rule, met.room) == (Rule.EXIT, Rule.USUAL, 3)
    assert first[1].first_s == int(clock("8:35").timestamp())


def test_only_the_days_of_the_period_count(province) -> None:
    for day in (1, 14, 15, 28):
        at = province.clock("8:00", day)
        province.take(province.scan(CASE, at), province.scan(FRIEND, at))
    assert [day.times for day in traced(province).first] == [2]
    assert [day.times for day in traced(province, days=21).first] == [3]


def test_a_minute_with_two_people_of_the_case_counts_once_and_they_are_no_contacts(
    province,
) -> None:
    at = province.clock("8:00")
    province.take(*(province.scan(who, at) for who in (1, 2, 3)))
    (friend,) = traced(province, 1, 2).first
    assert (friend.person, friend.seconds, friend.times) == (3, 45 * 60, 1)


def test_a_day_at_work_together_is_one_meeting_although_it_stands_in_parts(province) -> None:
    for who in (CASE, FRIEND):
        province.take(
            province.scan(who, province.clock("7:00"), kiosk="cho-2"),
            province.scan(who, province.clock("17:00"), kiosk="cho-2", way="out"),
        )
    (friend,) = traced(province).first
    assert (friend.times, friend.seconds, friend.sure_s) == (1, 36_000, 36_000)


def test_a_case_that_was_never_seen_has_no_stays(province) -> None:
    province.take(province.scan(FRIEND, province.clock("8:00")))
    assert not traced(province).is_known


STAY = st.tuples(st.integers(1, 2), st.integers(0, 100), st.integers(1, 40), st.integers(1, 5))


@given(st.lists(STAY, max_size=30))
def test_minutes_together_are_those_of_a_search_through_every_second(stays) -> None:
    # nobody is twice at a place at the same time
    seen: dict[tuple[int, int], set[int]] = {}
    kept = []
    for venue, tin, length, who in stays:
        span = set(range(tin, tin + length))
        if not seen.setdefault((0, who), set()) & span:
            seen[0, who] |= span
            seen.setdefault((venue, who), set()).update(span)
            kept.append((venue, tin, tin + length, who))
    own = sorted(Stay(v, a, b, 1, True, 0, 0) for v, a, b, who in kept if who == 1)
    rows = [(v, (who, a, b, 1, 1, 0)) for v, a, b, who in sorted(kept, key=lambda row: row[1])]
    found = [
        (
            stay,
            [
                row
                for v, row in rows
                if v == stay.venue and row[1] < stay.tout and row[2] > stay.tin
            ],
        )
        for stay in sorted(own, key=lambda each: each.tin)
    ]

    first = First(found, [1])

    expected = {}
    for who in range(2, 6):
        together = [
            at
            for venue in (1, 2)
            for at in seen.get((venue, 1), set()) & seen.get((venue, who), set())
        ]
        if together:
            expected[who] = (len(together), min(together))
    assert {one.person: (one.seconds, one.first_s) for one in first} == expected
    assert [one.seconds for one in first] == sorted((one.seconds for one in first), reverse=True)
    assert all(one.sure_s == one.seconds for one in first)


def test_what_is_not_known_of_a_place_is_said(province) -> None:
    clock, scan = province.clock, province.scan
    province.take(
        scan(CASE, clock("9:10")),
        scan(STRANGER, clock("8:20")),
        scan(FRIEND, clock("10:05"), timequality="rtc", bootid=OTHER_BOOT),
        scan(4, clock("15:00"), seq=9),
    )
    answer = traced(province)
    states = {state.kiosk: state for state in province.store.answers.kiosks(0)}
    with Traces(province.reader) as traces:
        kiosks = {"cho-mau": ["cho-1", "cho-never"]}
        (found,) = coverage(traces, answer.own, answer.venues, kiosks, states)

    assert (found.venue, found.day, found.scans) == ("cho-mau", date(2026, 11, 24), 4)
    assert list(found.silent) == [9]
    assert found.unsure == 1
    assert [(door.kiosk, door.missing) for door in found.doors] == [("cho-1", 5), ("cho-never", 0)]
    assert all(door.may_hide_scans for door in found.doors)
    assert not found.is_whole


def test_late_events_change_the_answer_and_the_case_says_how(province) -> None:
    clock, scan = province.clock, province.scan
    late = [
        scan(STRANGER, clock("8:30"), way="out"),
        scan(4, clock("8:15")),
        scan(FRIEND, clock("8:05"), kiosk="cho-2"),
    ]
    province.take(
        *(scan(CASE, clock("8:10")), scan(STRANGER, clock("8:00")), scan(FRIEND, clock("8:00")))
    )
    seen = traced(province)

    province.take(*late, now=province.now + timedelta(days=2))

    with Traces(province.reader) as traces:
        now = trace(traces, seen.question)
        changes = case_changes.since(traces, now, seen.as_of)
        unchanged = case_changes.since(traces, now, now.as_of)
    assert changes.come == {4: 40}
    assert changes.gone == {FRIEND: 35}
    assert changes.changed == {STRANGER: (35, 20)}
    assert (changes.own, changes.is_complete) == (0, True)
    assert not unchanged.are_any


def test_a_late_exit_of_the_case_itself_is_told(province) -> None:
    clock = province.clock
    exit_ = province.scan(CASE, clock("8:05"), way="out")
    province.take(province.scan(CASE, clock("8:00")), province.scan(FRIEND, clock("8:30")))
    seen = traced(province)
    province.take(exit_)
    with Traces(province.reader) as traces:
        changes = case_changes.since(traces, trace(traces, seen.question), seen.as_of)
    assert (changes.gone, changes.own) == ({FRIEND: 15}, 2)


def test_numbers_and_codes_are_understood_a_line_each() -> None:
    found = typed("084 000 000 017\n\nC0000000\nDN4000000000000\n000000000")
    kinds = [[each.scheme for each in person] for person in found.people]
    assert kinds == [["cccd"], ["passport"], ["bhyt"], ["cmnd"]]
    card = "084000000017|000000000|Thạch Thị Mẫu|01011990|Nữ|Trà Vinh|01012021"
    (person,) = typed(card).people
    assert [each.scheme for each in person] == ["cccd", "cmnd"]


def test_what_is_no_identifier_is_told_by_its_line_and_not_quoted() -> None:
    found = typed("084000000017\n12345\nhello")
    assert [at for at, _ in found.faults] == [2, 3]
    assert "12345" not in str(found.faults)
    assert "084000000017" not in repr(found)
    assert [each.vi[-4:] for each in found.looked_for] == ["…017"]
    assert typed("000000000\n" * 51).faults
