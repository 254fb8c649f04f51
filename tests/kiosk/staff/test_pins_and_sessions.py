"""Who may use the staff pages: PINs, waits and sessions, over restarts."""

import argon2
import pytest

from kiosk.web.safety import pins
from kiosk.web.safety.staff_book import FIRST, SESSION_S, StaffBook, StaffError, StaffRole

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self):
        self.now_s = 1_800_000_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def open_book(tmp_path, clock):
    def made():
        book = StaffBook(tmp_path / "staff.json", clock, QUICK)
        book.open()
        return book

    return made


@pytest.fixture
def book(open_book):
    return open_book()


def own(book, pin="482915"):
    token = book.sign_in(FIRST, book.first_pin)
    return book.choose(book.who(token), pin)


def test_a_new_kiosk_has_a_manager_whose_pin_stands_on_its_screen(book):
    token = book.sign_in(FIRST, book.first_pin)

    assert book.who(token).role is StaffRole.MANAGER
    assert not book.who(token).own


def test_the_first_pin_is_another_after_each_start_and_gone_once_one_was_chosen(book, open_book):
    first = book.first_pin
    again = open_book()
    assert again.first_pin != first
    with pytest.raises(StaffError, match="wrong"):
        again.sign_in(FIRST, first)

    own(again)

    assert again.first_pin == open_book().first_pin == ""


def test_a_session_outlives_a_restart_but_not_a_change_of_pin(book, open_book):
    token = own(book)
    assert open_book().who(token).id == FIRST

    again = open_book()
    newer = again.choose(again.who(token), "739154")

    assert again.who(token) is None
    assert again.who(newer).id == FIRST


def test_a_session_ends_after_a_shift(book, clock):
    token = own(book)
    clock.now_s += SESSION_S + 1

    assert book.who(token) is None


def test_who_signs_out_is_out(book):
    token = own(book)
    book.sign_out(token)

    assert book.who(token) is None


def test_whoever_guesses_waits_longer_each_time_over_a_restart(book, open_book, clock):
    own(book)
    for _ in range(5):
        with pytest.raises(StaffError, match="wrong"):
            book.sign_in(FIRST, "000001")
    again = open_book()

    with pytest.raises(StaffError, match=r"^wait:5$"):
        again.sign_in(FIRST, "482915")
    clock.now_s += 5
    with pytest.raises(StaffError, match="wrong"):
        again.sign_in(FIRST, "000001")
    assert again.wait_s(FIRST) == 10
    clock.now_s += 10
    assert again.who(again.sign_in(FIRST, "482915")).failures == 0


def test_a_clock_that_was_put_back_makes_nobody_wait_for_ever(book, clock):
    own(book)
    for _ in range(5):
        with pytest.raises(StaffError):
            book.sign_in(FIRST, "000001")
    clock.now_s -= 10_000_000

    assert book.wait_s(FIRST) <= 5


def test_the_pin_that_is_asked_again_counts_like_signing_in(book):
    person = book.who(own(book))
    for _ in range(5):
        assert not book.is_pin_of(person, "000001")

    with pytest.raises(StaffError, match="wait"):
        book.is_pin_of(person, "482915")


def test_nobody_is_told_whether_a_name_exists(book):
    with pytest.raises(StaffError, match="wrong"):
        book.sign_in("nobody-here", "482915")


def test_a_manager_gives_pins_and_takes_them_away(book):
    own(book)
    pin = book.put("bao-ve-1", StaffRole.GUARD)
    token = book.sign_in("bao-ve-1", pin)
    assert book.who(token).role is StaffRole.GUARD

    newer = book.put("bao-ve-1", StaffRole.GUARD)
    assert book.who(token) is None
    token = book.sign_in("bao-ve-1", newer)
    book.remove("bao-ve-1")

    assert book.who(token) is None
    with pytest.raises(StaffError, match="manager"):
        book.remove(FIRST)
    with pytest.raises(StaffError, match="manager"):
        book.put(FIRST, StaffRole.GUARD)


@pytest.mark.parametrize("person", ["", "a", "Thạch", "bao ve", "1a", "x" * 21, "../x"])
def test_an_id_is_no_name(book, person):
    with pytest.raises(StaffError, match="id"):
        book.put(person, StaffRole.GUARD)


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567", "12345a", "१२३४५६", "111111", "112112", "123456", "987654"]
)
def test_what_is_easy_to_guess_is_no_pin(book, pin):
    person = book.who(book.sign_in(FIRST, book.first_pin))

    with pytest.raises(StaffError):
        book.choose(person, pin)


def test_a_random_pin_will_do(book):
    assert all(pins.fault_of(pins.random_pin()) == "" for _ in range(200))


def test_a_damaged_file_is_put_aside_and_staff_begin_anew(book, open_book, tmp_path):
    own(book)
    (tmp_path / "staff.json").write_text('{"people": [{}]')

    again = open_book()

    assert again.first_pin
    assert (tmp_path / "staff.json.damaged").exists()


def test_the_file_tells_no_pin_and_no_token(book, tmp_path):
    token = own(book)
    text = (tmp_path / "staff.json").read_text()

    assert "482915" not in text
    assert token not in text
    assert (tmp_path / "staff.json").stat().st_mode & 0o077 == 0
