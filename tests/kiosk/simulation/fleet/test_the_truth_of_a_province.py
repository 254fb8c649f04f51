"""What will happen is known before it happens: one seed, one province, one truth."""

from collections import defaultdict
from datetime import date
from itertools import pairwise

import pytest

from kiosk.errors import KioskError
from kiosk.simulation.fleet import truth as truths
from kiosk.simulation.fleet.doors import What
from kiosk.simulation.fleet.people import card_number, identity_of
from kiosk.simulation.fleet.province import Fate
from kiosk.simulation.fleet.stays import BEGIN_S, HOUR_S, Stay, met, together

DAY = date(2026, 12, 8)
NEEDS_POWER = {What.SCAN, What.ANCHOR, What.BLIND, What.CLOCK_RIGHT, What.OTHER_CODE}


@pytest.fixture(scope="module")
def truth():
    return truths.make(120, 12, seed=3)


def test_the_same_seed_gives_the_same_truth_and_another_seed_another(truth):
    assert truths.as_json(truths.make(120, 12, 3), DAY) == truths.as_json(truth, DAY)
    assert truths.as_json(truths.make(120, 12, 4), DAY) != truths.as_json(truth, DAY)


def test_as_many_kiosks_exist_as_were_asked_for(truth):
    assert [len(truths.make(count, 1, 1).doors) for count in (1, 2, 5)] == [1, 2, 5]
    assert len(truth.doors) == len(truth.acts) == 120
    with pytest.raises(KioskError, match="1 to"):
        truths.make(0, 1, 1)


def test_every_cause_of_silence_is_there(truth):
    assert set(truth.causes.values()) == set(Fate)


def test_nobody_is_in_two_places_at_once(truth):
    of_person = defaultdict(list)
    for stay in truth.stays:
        of_person[stay.person].append(stay)

    for theirs in of_person.values():
        for one, other in pairwise(sorted(theirs, key=lambda stay: stay.tin)):
            assert one.tout < other.tin
    assert len(of_person) > 1_000


@pytest.mark.parametrize("hours", [1, 4, 12])
def test_who_is_scanned_is_scanned_by_a_kiosk_that_has_power(hours):
    truth = truths.make(400, hours, seed=1)

    for kiosk, acts in truth.acts.items():
        has_power = False
        for act in acts:
            assert BEGIN_S <= act.at < truth.end_s or not act.at
            if act.what is What.POWER_ON:
                has_power = True
            elif act.what in (What.POWER_CUT, What.SWITCH_OFF):
                has_power = False
            elif act.what in NEEDS_POWER:
                assert has_power, (kiosk, act)


def test_a_kiosk_whose_clock_is_wrong_is_put_right_and_says_so(truth):
    wrong = [
        acts
        for acts in truth.acts.values()
        if any(act.what is What.POWER_ON and act.number for act in acts)
    ]

    assert wrong
    for acts in wrong:
        at = next(i for i, act in enumerate(acts) if act.what is What.POWER_ON and act.number)
        later = [act.what for act in acts[at:]]
        assert later.index(What.CLOCK_RIGHT) < later.index(What.ANCHOR)


def test_each_visitor_counts_once_whether_declared_before_or_at_the_door(truth):
    totals = truth.totals()

    assert totals["visits"] == totals["accepted"] + totals["missing"] + totals["refer"]
    assert totals["leaving"] < totals["visits"]
    assert totals["missing"] > 0
    assert totals["refer"] > 0


def test_together_are_those_whose_stays_overlap_by_a_second_at_one_venue():
    one, other = Stay(0, 100, 200, 1), Stay(0, 199, 300, 2)
    later, elsewhere = Stay(0, 300, 400, 3), Stay(1, 100, 400, 4)

    assert together([later, other, elsewhere, one]) == [(one, other)]
    assert met([one, other, later, elsewhere]) == {1: {(2, 0)}, 2: {(1, 0)}}


def test_an_infection_passes_between_people_who_were_together(truth):
    contacts = met(truth.stays)

    assert len(truth.infections) > 3
    for each in truth.infections:
        assert (each.of, each.venue) in contacts[each.by]
    infected = {each.of: each.at for each in truth.infections}
    passed_on = [each for each in truth.infections if each.by in infected]
    assert passed_on, "the chain has a second link"
    assert all(infected[each.by] < each.at for each in passed_on)


def test_everybody_has_a_card_of_their_own_with_a_serial_number_of_zeros():
    cards = {card_number(person) for person in range(38_400)}

    assert len(cards) == 38_400
    assert all(card.endswith("000000") for card in cards)
    assert identity_of(5).identifiers[0].value == card_number(5)


def test_a_short_day_ends_before_the_shops_close():
    short = truths.make(20, 2, seed=1)

    assert all(stay.tout < BEGIN_S + 2 * HOUR_S for stay in short.stays)
    assert truths.as_json(short, DAY)["is_whole"] is False
