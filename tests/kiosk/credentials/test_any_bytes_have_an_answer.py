from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bench import fuzz_credentials
from kiosk.credentials import classify
from kiosk.credentials.identify import identify
from kiosk.domain.identity import Identity, NotPersonal
from kiosk.domain.names import folded_name

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DIGITS = st.text("0123456789", min_size=12, max_size=12)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="|"), max_size=30)


@given(st.binary(max_size=400))
def test_noise_is_answered_and_is_nobody(data):
    assert isinstance(classify(data, now=NOW), NotPersonal)


@given(st.sampled_from([b"HC1:", b"VP1:"]), st.binary(max_size=400))
def test_noise_behind_a_prefix_is_nobody(prefix, data):
    assert isinstance(classify(prefix + data, now=NOW), NotPersonal)


@given(st.lists(st.text(max_size=20), max_size=45).map("|".join))
def test_any_fields_are_answered_and_an_identity_has_somebody_to_key_by(text):
    shown = classify(text.encode(errors="ignore"), now=NOW)

    assert isinstance(shown, NotPersonal) or shown.identifiers


@given(number=DIGITS, name=WORDS, sex=WORDS, address=WORDS, rest=st.lists(WORDS, max_size=5))
def test_a_card_is_keyed_by_exactly_the_digits_on_it_or_by_nothing(
    number, name, sex, address, rest
):
    text = "|".join([number, "", name, "05091990", sex, address, "15042021", *rest])

    shown = classify(text.encode(), now=NOW)

    if isinstance(shown, Identity):
        assert [i.value for i in shown.identifiers] == [number]


@given(st.data())
def test_an_answer_holds_no_full_number_unless_asked(data):
    number = data.draw(DIGITS)
    text = f"{number}||Thạch Thị Sa Rây|05091990|Nữ|Trà Vinh|15042021"

    masked, revealed = (identify(text.encode(), NOW, [], reveal=reveal) for reveal in (False, True))

    assert number not in str(masked)
    assert number in str(revealed)


@given(WORDS)
def test_a_folded_name_folds_to_itself(name):
    assert folded_name(folded_name(name)) == folded_name(name)


def test_a_name_folds_to_what_the_national_qr_writes():
    assert folded_name("Đặng  Thị Sa Rây") == folded_name("DANG THI SA RAY") == "dang thi sa ray"


def test_ten_thousand_hostile_codes_raise_nothing_and_make_nobody():
    found = fuzz_credentials.run(10_000, seed=20211231)

    assert sum(found.answers.values()) == 10_000
    assert (found.raised, found.nobody, found.forged) == ([], [], [])
    # all the ways in were tried
    assert {"cccd", "can_cuoc", "national_qr", "bhyt", "dcc", "pass"} < set(found.answers)


def test_the_same_seed_makes_the_same_codes():
    one, other = fuzz_credentials.Forge(7), fuzz_credentials.Forge(7)

    assert [one.next() for _ in range(200)] == [other.next() for _ in range(200)]
