"""Whatever comes late, twice or out of order: the stays in the ledger are those of all scans that are in it."""

from collections import defaultdict
from contextlib import closing
from datetime import timedelta
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.tracing.stays import Rule, Visit, Way, stays

_WAYS = {"in": Way.IN, "out": Way.OUT, "unknown": Way.UNKNOWN}


def kept(province) -> set[tuple]:
    rows = province.rows(
        "SELECT person, name, tin, tout, rule, seen_in, event, width_s"
        " FROM stay JOIN trace_venue ON venue = number"
    )
    return set(rows)


def recomputed(province) -> set[tuple]:
    """From the events alone."""
    visits = defaultdict(list)
    usual_s = {}
    for key, kiosk, own, way, follows, at_ms, width_ms, who in province.rows(
        "SELECT key, kiosk, id, direction, follows, placed_ms, placed_width_ms, pseudonym"
        " FROM event JOIN person_key ON person_key.event = key"
    ):
        place = province.place_of(kiosk, "")
        usual_s[place.name] = place.usual_s
        width_s = None if width_ms is None else -(-width_ms // 1000)
        tie = crc32(own.encode())
        visits[int.from_bytes(who, "big")].append(
            Visit(
                at_ms,
                tie,
                key,
                province.venue(place.name),
                _WAYS[way],
                place.usual_s,
                follows is not None,
                width_s,
            )
        )
    names = dict(province.rows("SELECT number, name FROM trace_venue"))
    return {
        (who, names[stay.venue], *stay[1:4], int(stay.seen_in), *stay[5:])
        for who, all_of_them in visits.items()
        for stay in stays(all_of_them)
    }


def test_a_late_exit_edits_the_stay_it_ends(province) -> None:
    came, left = province.clock("8:00"), province.clock("8:20")
    late = province.scan(7, left, way="out")
    province.take(province.scan(7, came))
    assert [row[4] for row in kept(province)] == [Rule.USUAL]

    province.take(late, now=province.now + timedelta(days=1))

    ((_, _, tin, tout, rule, *_),) = kept(province)
    assert (tin, tout, rule) == (int(came.timestamp()), int(left.timestamp()), Rule.EXIT)
    changes = province.rows("SELECT is_new, tout - tin, rule FROM stay_change ORDER BY number")
    assert changes == [(1, 2700, Rule.USUAL), (0, 2700, Rule.USUAL), (1, 1200, Rule.EXIT)]


def test_a_late_scan_that_another_has_followed_reaches_the_exit_after_that(province) -> None:
    """The late one makes of the second no scan any more, and so leaves the exit without its entry."""
    late = province.scan(7, province.clock("0:00"), way="unknown")
    amends = {"follows": "019abc00-0000-7000-8000-000000000001"}
    province.take(province.scan(7, province.clock("0:05"), way="unknown", **amends))
    province.take(province.scan(7, province.clock("16:04"), way="out"))

    province.take(late)

    assert kept(province) == recomputed(province)


def test_an_event_of_nobody_makes_no_stay(province) -> None:
    province.take(province.scan(0, province.clock("8:00")))
    assert kept(province) == set()


def test_a_scan_by_phone_is_at_the_venue_that_it_names(province) -> None:
    province.take(province.scan(7, province.clock("8:00"), kiosk="tram-y-te", venue="cho-mau"))
    assert [row[1] for row in kept(province)] == ["cho-mau"]


def test_a_scan_whose_clock_is_understood_later_moves_its_stay(province) -> None:
    boot = {"bootid": "11111111-2222-3333-4444-000000000001"}
    lost = province.scan(7, province.clock("8:00", 1), timequality="unknown", boottime="0", **boot)
    province.take(lost)
    ((*_, width_s),) = kept(province)
    assert width_s is None

    known = province.scan(
        0, province.clock("9:00"), timequality="ntp", boottime=str(3600 * 10**9), **boot
    )
    province.take(known)
    while province.ledger.tidy():
        pass

    ((_, _, tin, *_, width_s),) = kept(province)
    assert (tin, width_s) == (int(province.clock("8:00").timestamp()), 1)
    assert kept(province) == recomputed(province)


@pytest.mark.parametrize("hours", [16, 31, 33, 34, 35, 37, -31, -34])
def test_a_scan_that_moves_by_a_day_or_two_leaves_no_stay_behind(province, hours) -> None:
    began = province.clock("12:00", 14)
    boot = {"bootid": "11111111-2222-3333-4444-000000000001"}
    lost = province.scan(7, began, way="out", timequality="unknown", boottime="0", **boot)
    province.take(lost)
    known_at = began + timedelta(hours=hours + 1)
    boottime = str(3600 * 10**9)
    province.take(province.scan(0, known_at, timequality="ntp", boottime=boottime, **boot))
    while province.ledger.tidy():
        pass
    assert len(kept(province)) == 1
    assert kept(province) == recomputed(province)


def test_whose_event_it_is_can_change(province) -> None:
    province.take(
        province.scan(7, province.clock("8:00")), province.scan(8, province.clock("8:30"))
    )
    keys = [key for (key,) in province.rows("SELECT key FROM event ORDER BY key")]
    with province.store.people.changing() as connection:
        connection.execute("UPDATE person_key SET pseudonym = ?", [(7).to_bytes(16, "big")])
        province.keeper.people_changed(connection, keys[1:], province.now)
    assert {row[0] for row in kept(province)} == {7}
    assert {row[4] for row in kept(province)} == {Rule.NEXT, Rule.USUAL}
    assert kept(province) == recomputed(province)


SCANS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(0, 60 * 60),
        st.sampled_from(["in", "in", "out", "unknown"]),
        st.sampled_from(["cho-1", "cho-2", "tram-y-te"]),
        st.sampled_from(["ntp", "unknown"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


def every(examples: int):
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@given(scans=SCANS, data=st.data())
@every(25)
def test_in_any_order_with_repeats_the_stays_equal_a_full_recompute(
    new_province, scans, data
) -> None:
    stays_right(new_province, scans, data)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
@given(scans=SCANS, data=st.data())
@every(5)
def test_in_postgresql_too(new_province, scans, data) -> None:
    stays_right(new_province, scans, data)


def stays_right(new_province, scans, data) -> None:
    province = new_province()
    with closing(province.ledger):
        start = province.clock("0:00")
        events = []
        for number, (who, minute, way, kiosk, quality, amends) in enumerate(scans):
            follows = {"follows": f"019abc00-0000-7000-8000-{number:012}"} if amends else {}
            boot = f"11111111-2222-3333-4444-{minute % 3:012}"
            events.append(
                province.scan(
                    who,
                    start + timedelta(minutes=minute),
                    way=way,
                    kiosk=kiosk,
                    timequality=quality,
                    bootid=boot,
                    boottime=str(minute * 60 * 10**9),
                    **follows,
                )
            )
        order = data.draw(st.permutations(events))
        repeats = data.draw(st.lists(st.sampled_from(events), max_size=5))
        arrived = [*order, *repeats]
        while arrived:
            size = data.draw(st.integers(1, 8))
            province.take(*arrived[:size])
            del arrived[:size]
            if data.draw(st.booleans()):
                province.ledger.tidy()
        while province.ledger.tidy():
            pass

        assert kept(province) == recomputed(province)
        replayed: dict[tuple, int] = defaultdict(int)
        for is_new, *row in province.rows(
            "SELECT is_new, person, venue, tin, tout, rule, seen_in, event, width_s FROM stay_change"
        ):
            replayed[tuple(row)] += 1 if is_new else -1
        stands = province.rows(
            "SELECT person, venue, tin, tout, rule, seen_in, event, width_s FROM stay"
        )
        assert {row for row, times in replayed.items() if times} == set(stands)
