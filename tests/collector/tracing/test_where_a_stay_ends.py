"""From scans to stays: which rule gives an end, and that nothing far away matters."""

from datetime import datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.days import ZONE, day_of
from collector.tracing.stays import MAX_STAY_S, REACH_S, Rule, Stay, Visit, Way, stays

MARKET, OFFICE = 1, 2
HOUR = 3600


def at(clock: str, day: int = 24) -> int:
    hour, minute = clock.split(":")
    when = datetime(2026, 11, day, int(hour), int(minute), tzinfo=ZONE)
    return int(when.timestamp())


def scan(when: int, venue: int = MARKET, way: Way = Way.IN, usual_min: int = 60, **more) -> Visit:
    return Visit(when * 1000, 0, more.pop("event", when), venue, way, usual_min * 60, **more)


def found(*visits: Visit) -> list[tuple[int, int, int, Rule]]:
    return [(each.venue, each.tin, each.tout, Rule(each.rule)) for each in stays(visits)]


def test_an_exit_scan_ends_a_stay() -> None:
    came, left = scan(at("8:00")), scan(at("8:20"), way=Way.OUT)
    assert found(left, came) == [(MARKET, at("8:00"), at("8:20"), Rule.EXIT)]
    assert stays([came, left])[0].is_sure


def test_without_an_exit_it_lasts_as_long_as_is_usual_there() -> None:
    assert found(scan(at("8:00"), usual_min=45)) == [(MARKET, at("8:00"), at("8:45"), Rule.USUAL)]
    assert not stays([scan(at("8:00"))])[0].is_sure


def test_the_next_entry_anywhere_ends_it_earlier() -> None:
    assert found(scan(at("8:00")), scan(at("8:30"), OFFICE))[0] == (
        *(MARKET, at("8:00"), at("8:30")),
        Rule.NEXT,
    )


def test_an_exit_elsewhere_ends_it_too_and_tells_of_a_stay_there() -> None:
    both = found(scan(at("8:00")), scan(at("8:50"), OFFICE, Way.OUT))
    assert both == [
        (MARKET, at("8:00"), at("8:50"), Rule.NEXT),
        (OFFICE, at("8:00"), at("8:50"), Rule.EXIT),
    ]


def test_no_stay_is_longer_than_the_longest() -> None:
    assert found(scan(at("8:00"), usual_min=600)) == [(MARKET, at("8:00"), at("12:00"), Rule.CAP)]


def test_a_day_of_work_that_was_scanned_out_stands_in_parts_without_a_hole() -> None:
    parts = stays([scan(at("7:00"), OFFICE), scan(at("17:00"), OFFICE, Way.OUT)])
    assert [(each.tin, each.tout) for each in parts] == [
        (at("7:00"), at("11:00")),
        (at("11:00"), at("15:00")),
        (at("15:00"), at("17:00")),
    ]
    assert all(each.is_sure for each in parts)


def test_local_midnight_ends_what_nobody_ended_but_no_night_that_was_scanned_out() -> None:
    late = scan(at("23:30"))
    assert found(late) == [(MARKET, at("23:30"), at("0:00", 25), Rule.MIDNIGHT)]
    out = scan(at("1:00", 25), way=Way.OUT)
    assert found(late, out) == [(MARKET, at("23:30"), at("1:00", 25), Rule.EXIT)]


def test_who_was_only_seen_leaving_is_taken_to_have_been_there_before() -> None:
    (stay,) = stays([scan(at("9:00"), way=Way.OUT)])
    assert (stay.tin, stay.tout, stay.seen_in) == (at("8:00"), at("9:00"), False)
    after_midnight = stays([scan(at("0:10"), way=Way.OUT)])
    assert [each.tin for each in after_midnight] == [at("0:00")]


def test_an_exit_days_later_ends_nothing() -> None:
    rules = [each[3] for each in found(scan(at("8:00")), scan(at("9:00", 26), way=Way.OUT))]
    assert rules == [Rule.USUAL, Rule.EXIT]


def test_a_scan_that_amends_the_one_before_is_the_same_stay() -> None:
    came = scan(at("8:00"))
    declared = scan(at("8:03"), follows=True)
    assert found(came, declared) == [(MARKET, at("8:00"), at("9:00"), Rule.USUAL)]
    assert found(declared) == [(MARKET, at("8:03"), at("9:03"), Rule.USUAL)]


def test_an_end_is_no_better_known_than_the_worse_of_its_clocks() -> None:
    came = scan(at("8:00"), width_s=2)
    assert stays([came, scan(at("8:20"), way=Way.OUT, width_s=30)])[0].width_s == 30
    assert stays([came, scan(at("8:20"), way=Way.OUT, width_s=None)])[0].width_s is None


START = at("0:00")
VISITS = st.lists(
    st.builds(
        lambda when, venue, way, usual, follows, event: Visit(
            (START + when) * 1000, event, event, venue, way, usual * 60, follows
        ),
        st.integers(0, 4 * 24 * HOUR),
        st.integers(1, 3),
        st.sampled_from(Way),
        st.integers(1, 300),
        st.booleans(),
        st.integers(0, 10**6),
    ),
    max_size=30,
    unique_by=lambda visit: visit.event,
)


@given(VISITS)
def test_stays_are_short_lie_in_one_day_unless_scanned_out_and_overlap_no_other_here(
    visits: list[Visit],
) -> None:
    made = stays(visits)
    for stay in made:
        assert 0 < stay.tout - stay.tin <= MAX_STAY_S
        if stay.rule != Rule.EXIT:
            assert day_of(stay.tin * 1000) == day_of((stay.tout - 1) * 1000)
    for venue in (1, 2, 3):
        here = sorted((each.tin, each.tout) for each in made if each.venue == venue)
        assert all(one[1] <= later[0] for one, later in pairwise(here))


@given(VISITS, st.randoms())
def test_the_order_in_which_scans_arrive_makes_no_difference(visits, random) -> None:
    shuffled = random.sample(visits, len(visits))
    assert stays(shuffled) == stays(visits)


@given(VISITS.filter(bool), st.data())
def test_one_more_scan_changes_only_stays_of_scans_within_twice_the_reach(visits, data) -> None:
    late = data.draw(st.sampled_from(visits))
    others = [each for each in visits if each is not late]
    when = {each.event: each.at_s for each in visits}

    def far(made: list[Stay]) -> list[Stay]:
        return [each for each in made if abs(when[each.event] - late.at_s) > 2 * REACH_S]

    assert far(stays(visits)) == far(stays(others))
