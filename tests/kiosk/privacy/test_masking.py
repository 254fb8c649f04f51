import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.privacy.masking import mask_name, mask_number


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Thạch Thị Sa Rây", "Thạch T. S. R***"),
        ("Thạch Thị Hoa", "Thạch T. H***"),
        ("SON MINH", "SON M***"),
        ("Mẫu", "M***"),
        ("  Ấn   Độ ", "Ấn Đ***"),
        ("", ""),
        ("   ", ""),
        ("Thạch T. S. R***", "Thạch T. S. R***"),
    ],
)
def test_staff_see_enough_of_a_name_to_call_somebody(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("084190000123", "*********123"),
        ("0900000123", "*******123"),
        ("123456", "****56"),
        ("123", "**3"),
        ("12", "**"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_staff_see_the_end_of_a_number(number, masked):
    assert mask_number(number) == masked


@given(st.text(min_size=1, max_size=40))
def test_a_masked_number_is_as_long_and_shows_a_third_at_most(number):
    masked = mask_number(number)

    assert len(masked) == len(number)
    assert masked.startswith("*" * (len(number) - len(number) // 3))


@given(st.lists(st.text("abcđê", min_size=2, max_size=8), min_size=2, max_size=6))
def test_a_masked_name_shows_no_whole_word_but_the_first(words):
    masked = mask_name(" ".join(words)).split(" ")

    assert masked[0] == words[0]
    assert [part[0] for part in masked] == [word[0] for word in words]
    assert all(part[1:] in (".", "***") for part in masked[1:])
