"""The pure rules: what an act is, who is inside, whether people scan, what wants a hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.coverage import coverage
from kiosk.domain.occupancy import Level, Occupancy, after, level
from kiosk.domain.staff_act import REASONS, Act, ActKind, NotAnAct, act
from kiosk.staff.alerts import Weight, alerts
from kiosk.web.catalogue import load_catalogues
from kiosk.web.monitor.words import ALERTS


def told(status, **facts):
    usual = {"calls": 0, "referred": 0, "level": Level.NONE, "covered": coverage(0, None, (), 0)}
    return [(one.code, one.weight) for one in alerts(status, **{**usual, **facts})]


# ---- acts


def test_an_act_says_who_what_and_how_many():
    asked = act("paper", "bao-ve-1", "no_phone", "3")

    assert (asked.notice, asked.reason) == ("staff_paper", "no_phone")
    assert asked.told == {"by": "bao-ve-1", "people": 3}


def test_a_reason_that_is_not_given_is_the_first():
    assert act("refer", "bao-ve-1", visit="x").reason == "let_in"


@pytest.mark.parametrize(
    ("kind", "reason", "number"),
    [
        ("dance", "", ""),
        ("refer", "because", ""),
        ("paper", "", ""),
        ("paper", "", "0"),
        ("paper", "", "-1"),
        ("paper", "", "201"),
        ("paper", "", "1.5"),
        ("paper", "", "٣"),
        ("paper", "", "9" * 400),
        ("occupancy", "", "100001"),
    ],
)
def test_what_is_no_act_is_refused_with_what_to_send(kind, reason, number):
    with pytest.raises(NotAnAct):
        act(kind, "bao-ve-1", reason, number)


@pytest.mark.parametrize("act_id", ["x" * 41, "a b", "ă", "../x"])
def test_the_id_of_a_tap_is_short_and_plain(act_id):
    with pytest.raises(NotAnAct):
        act("pause", "bao-ve-1", act_id=act_id)


def test_every_act_has_a_reason():
    assert set(REASONS) == set(ActKind)
    assert all(REASONS.values())


# ---- who is inside


def test_paper_adds_unscanned_exits_take_away_and_a_count_settles_it():
    now = Occupancy(scanned=5)

    now = after(now, Act(ActKind.PAPER, "g", number=3))
    assert now.inside == 8
    now = after(now, Act(ActKind.EXIT, "g", number=2))
    assert now.inside == 6
    now = after(now, Act(ActKind.OCCUPANCY, "g", number=40))
    assert now.inside == 40
    assert Occupancy(now.scanned + 1, now.by_staff).inside == 41


@given(
    st.integers(-50, 50),
    st.lists(
        st.builds(
            Act,
            st.sampled_from([ActKind.PAPER, ActKind.EXIT, ActKind.OCCUPANCY]),
            st.just("g"),
            number=st.integers(0, 200),
        )
    ),
)
def test_there_are_never_fewer_than_nobody(scanned, acts):
    now = Occupancy(scanned)
    for each in acts:
        now = after(now, each)
        assert now.inside >= 0


@pytest.mark.parametrize(
    ("inside", "limit", "stands"),
    [
        (1_000, 0, Level.NONE),
        (89, 100, Level.OK),
        (90, 100, Level.NEAR),
        (99, 100, Level.NEAR),
        (100, 100, Level.FULL),
        (130, 100, Level.FULL),
    ],
)
def test_near_the_limit_and_at_it(inside, limit, stands):
    assert level(inside, limit) is stands


# ---- do people scan


def test_a_barrier_that_counts_is_believed_before_what_is_usual():
    found = coverage(10, 40, (100, 100, 100), 1.0)

    assert (found.share, found.by) == (0.25, "barrier")
    assert found.is_low


def test_without_one_the_same_hour_of_other_days_is_the_measure():
    assert coverage(10, None, (40, 44, 200), 0.5).by == "usual"
    assert coverage(10, None, (40, 44, 200), 0.5).share == pytest.approx(10 / 22)
    assert coverage(30, None, (40, 44, 200), 0.5).share == 1.0


@pytest.mark.parametrize(
    ("passers", "usual", "elapsed"),
    [(9, (), 1.0), (None, (40, 44), 1.0), (None, (10, 10, 10), 1.0), (None, (40, 44, 50), 0.1)],
)
def test_few_people_say_nothing(passers, usual, elapsed):
    assert coverage(0, passers, usual, elapsed).share is None
    assert not coverage(0, passers, usual, elapsed).is_low


# ---- what wants a hand


def test_a_quiet_door_asks_for_nothing():
    status = {"faults": [], "notes": [], "waiting": 128, "oldest_s": 60, "sealing": "on"}
    assert told({**status, "box": "closed", "shared_codes": 0, "clock": "certain"}) == []


def test_every_alert_has_words_in_vietnamese_and_khmer():
    found = load_catalogues()
    for code, texts in ALERTS.items():
        for language in ("vi", "km"):
            assert all(found[language].text(text) != text for text in texts), (code, language)


def test_what_is_pressing_comes_first():
    found = told(
        {"faults": ["camera"], "notes": [], "printer": "out_of_paper"}, calls=1, level=Level.NEAR
    )

    assert found == [
        ("call", Weight.NOW),
        ("camera", Weight.NOW),
        ("nearly_full", Weight.SOON),
        ("printer", Weight.SOON),
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ({"faults": ["storage"]}, "storage"),
        ({"faults": ["eye"]}, "eye"),
        ({"faults": ["paused"]}, "paused"),
        ({"faults": ["screen"]}, "screen"),
        ({"notes": ["lights_absent"]}, "lights"),
        ({"notes": ["database_set_aside"]}, "damage"),
        ({"notes": ["database_unusable"]}, "storage"),
        ({"notes": ["sensors_absent"]}, "sensors"),
        ({"printer": "stuck"}, "printer"),
        ({"box": "open"}, "box"),
        ({"box": "was_opened"}, "box"),
        ({"shared_codes": 1}, "shared"),
        ({"storage": "nearly_full"}, "room"),
        ({"waiting": 3, "oldest_s": 1_801}, "unsent"),
        ({"clock": "uncertain"}, "clock"),
        ({"certificate_days": 13}, "certificate"),
        ({"sealing": "no_keys"}, "keys"),
    ],
)
def test_each_state_has_its_alert(status, code):
    assert [name for name, _ in told(status)] == [code]
