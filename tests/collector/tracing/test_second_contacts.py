"""F2 from sorted arrays equals a search through everything, also while stays come, change and go."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.tracing import index
from collector.tracing.blocks import Block, Rows
from collector.tracing.index import Index
from collector.tracing.second import BEFORE_S, Second, Terms, islands, second, seconds_of

HOUR = 3600
START = 1_795_000_000 // 86_400 * 86_400 - 7 * HOUR  # a local midnight
END = START + 10 * 24 * HOUR

Stays = dict[tuple[int, int, int], int]  # (venue, tin, person) to tout


def by_force(stays: Stays, exposed: dict[int, int], case: set[int], terms: Terms) -> dict[int, int]:
    scans: dict[tuple[int, int], int] = defaultdict(int)
    for venue, tin, _ in stays:
        scans[venue, (tin + 7 * HOUR) // 86_400] += 1
    rooms: dict[int, set[int]] = defaultdict(set)
    for (venue, tin, person), tout in stays.items():
        is_late = person in exposed and exposed[person] - BEFORE_S < tin < terms.end_s
        is_small = not terms.cap or scans[venue, (tin + 7 * HOUR) // 86_400] <= terms.cap
        if is_late and is_small:
            rooms[venue] |= set(range(tin, tout))
    together: dict[int, int] = defaultdict(int)
    for (venue, tin, person), tout in stays.items():
        if person not in exposed and person not in case:
            together[person] += len(rooms[venue] & set(range(tin, tout)))
    return {who: each for who, each in together.items() if each >= max(terms.least_s, 1)}


def answered(live: Index, found: Second) -> dict[int, int]:
    seconds = seconds_of(live.snapshot, found)
    return dict(zip(found.people.tolist(), seconds.tolist(), strict=True))


# all within a few minutes of a few hours, so that much touches
STAY = st.tuples(
    st.integers(1, 3),
    st.integers(0, 300).map(lambda at: START + 6 * HOUR + at * 60),
    st.integers(1, 12),
    st.integers(1, 60 * 240),
)
EXPOSED = st.dictionaries(
    st.integers(1, 4), st.integers(0, 300).map(lambda at: START + 6 * HOUR + at * 60), max_size=4
)


@given(
    st.lists(STAY, max_size=60),
    st.lists(st.tuples(st.booleans(), STAY), max_size=60),
    EXPOSED,
    st.sampled_from([0, 60, 900]),
    st.booleans(),
    st.data(),
)
@settings(deadline=None, max_examples=80)
def test_f2_equals_brute_force_whatever_came_and_went(
    before, later, exposed, least_s, merges, data
) -> None:
    stands: Stays = {(venue, tin, who): tin + length for venue, tin, who, length in before}
    live = Index([[(venue, tin, who, tout) for (venue, tin, who), tout in stands.items()]])
    changes = []
    for is_new, (venue, tin, who, length) in later:
        if (venue, tin, who) in stands:
            tout = stands.pop((venue, tin, who))
            changes.append((False, venue, who, tin, tout))
        if is_new:
            stands[venue, tin, who] = tin + length
            changes.append((True, venue, who, tin, tin + length))
    cut = data.draw(st.integers(0, len(changes)))
    live.take(changes[:cut])
    if merges:
        live = merged(live)
    live.take(changes[cut:])
    terms = Terms(END, least_s, cap=0)

    for each in (live, merged(live)):
        found = second(each.snapshot, exposed, frozenset({5}), terms)
        assert answered(each, found) == by_force(stands, exposed, {5}, terms)


def merged(live: Index) -> Index:
    one = Index()
    now = live.snapshot
    one._snapshot = index._settled(now.by_venue.merged(), now.by_person.merged())  # noqa: SLF001
    return one


def test_rooms_with_more_scans_a_day_than_the_cap_are_left_out_and_counted() -> None:
    crowd = [(1, START + 8 * HOUR + who, who, START + 9 * HOUR) for who in range(1, 30)]
    small = [
        (2, START + 8 * HOUR, 1, START + 9 * HOUR),
        (2, START + 8 * HOUR, 40, START + 9 * HOUR),
    ]
    live = Index([crowd + small])
    exposed = {1: START + 8 * HOUR}

    found = second(live.snapshot, exposed, frozenset(), Terms(END, 900, cap=20))

    assert (found.people.tolist(), found.left_out) == ([40], 1)
    assert found.known == 30
    assert second(live.snapshot, exposed, frozenset(), Terms(END, 900, cap=0)).size == 29


def test_what_an_f1_did_long_before_the_exposure_counts_for_nothing() -> None:
    stays = [(1, START, 1, START + HOUR), (1, START, 2, START + HOUR)]
    found = second(Index([stays]).snapshot, {1: START + 2 * HOUR}, frozenset(), Terms(END, 0, 0))
    assert found.size == 0


def test_nothing_is_known_of_nobody() -> None:
    assert second(Index().snapshot, {1: START}, frozenset(), Terms(END)).size == 0


def test_the_small_block_is_merged_one_order_a_turn() -> None:
    live = Index([[(1, START, 1, START + 60)]])
    live.take([(True, 1, who, START + who, START + who + 60) for who in range(2, 60_000)])
    assert [live.tidy(), live.tidy(), live.tidy()] == [True, True, False]
    assert len(live.snapshot.by_venue.main) == len(live.snapshot.by_person.main) == 59_999
    assert live.snapshot.people == 59_999


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=20))
def test_islands_cover_exactly_what_their_intervals_cover(spans) -> None:
    begin = np.array([at for at, _ in spans], np.int64)
    first, last = islands(begin, begin + np.array([length for _, length in spans], np.int64))
    covered = {at for start, length in spans for at in range(start, start + length)}
    made = [set(range(*pair)) for pair in zip(first.tolist(), last.tolist(), strict=True)]
    assert set().union(*made) == covered
    assert all(one < later for one, later in zip(last.tolist(), first.tolist()[1:], strict=False))


@given(st.lists(st.integers(-5, 3_000), max_size=40), st.integers(0, 1_500))
def test_a_range_of_rows_is_found_as_a_plain_search_finds_it(wanted, rows) -> None:
    key = np.sort(np.random.default_rng(rows).integers(0, 2_000, rows))
    block = Block(Rows(key, key.astype(np.int32), key.astype(np.uint16)))
    needles = np.array(wanted, np.int64)
    first, last = block.bounds(needles, needles + 7)
    assert first.tolist() == np.searchsorted(key, needles).tolist()
    assert last.tolist() == np.searchsorted(key, needles + 7).tolist()
    for than in (-1, 0, 3):
        more = block.are_more(np.full(len(needles), than), needles, needles + 7)
        assert more.tolist() == (last - first > than).tolist()
