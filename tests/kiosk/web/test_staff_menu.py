"""The staff menu on the kiosk's own screen: a PIN, two minutes, and nothing for whoever happens to stand there."""

import re

import argon2
import pytest

from kiosk.domain.staff_act import Done
from kiosk.web.feed import Feed
from kiosk.web.safety.staff_book import FIRST, StaffBook, StaffRole
from kiosk.web.screen import create_screen_app
from kiosk.web.screen.menu import OPEN_S, MenuParts
from tests.kiosk.web.conftest import PlainEntrance

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ADDRESSES = ("https://kiosk.local:8443/", "https://192.0.2.17:8443/")


class Screen:
    def __init__(self, folder):
        self.now_s = 1_800_000_000.0
        self.book = StaffBook(folder / "staff.json", lambda: self.now_s, QUICK)
        self.book.open()
        self.acts, self.stores, self.shut_down = [], True, 0
        self.otherwise = Done.NOT_SAVED
        parts = MenuParts(
            self.book,
            self._act,
            lambda: {"faults": ["camera"], "notes": ["lights_absent"], "uplink": "offline"},
            ADDRESSES,
            "AA:BB",
            self._shut_down,
            lambda: self.now_s,
        )
        app = create_screen_app(Feed(), PlainEntrance(), menu=parts)
        self.client = app.test_client()
        self.csrf = app.jinja_env.globals["csrf_token"]

    def _act(self, act):
        if self.stores:
            self.acts.append(act)
        return Done.SAVED if self.stores else self.otherwise

    def _shut_down(self):
        self.shut_down += 1

    def sends(self, path, **fields):
        return self.client.post(path, data={"csrf": self.csrf, **fields})

    def opens(self, person=FIRST, pin=None):
        """The menu's token."""
        page = self.sends("/menu", person=person, pin=pin or self.book.first_pin)
        found = re.search(r'name="token" value="([^"]+)"', page.get_data(as_text=True))
        self.acts.clear()
        return found[1] if found else ""


@pytest.fixture
def screen(tmp_path):
    return Screen(tmp_path)


def test_the_first_pin_stands_there_until_one_was_chosen(screen):
    first = screen.book.first_pin
    assert first in screen.client.get("/menu").get_data(as_text=True)

    screen.book.choose(screen.book.who(screen.book.sign_in(FIRST, first)), "482915")

    page = screen.client.get("/menu").get_data(as_text=True)
    assert "PIN đầu tiên" not in page


def test_addresses_and_troubles_are_shown_for_a_pin_only(screen):
    before = screen.client.get("/menu").get_data(as_text=True)
    assert "AA:BB" not in before
    assert "camera" not in before

    page = screen.sends("/menu", person=FIRST, pin=screen.book.first_pin).get_data(as_text=True)

    assert all(word in page for word in (*ADDRESSES, "AA:BB", "camera", "lights_absent", "offline"))


def test_a_wrong_pin_opens_nothing_and_then_has_to_wait(screen):
    for _ in range(5):
        assert screen.sends("/menu", person=FIRST, pin="000001").status_code == 403

    assert screen.sends("/menu", person=FIRST, pin=screen.book.first_pin).status_code == 429
    assert screen.acts == []


@pytest.mark.parametrize("kind", ["lights", "pause", "resume", "restart", "shut_down"])
def test_a_manager_may_do_all_of_it(screen, kind):
    token = screen.opens()

    assert screen.sends("/menu/do", token=token, kind=kind).status_code == 200

    assert [(one.kind, one.by) for one in screen.acts] == [(kind, FIRST)]
    assert screen.shut_down == (kind == "shut_down")


@pytest.mark.parametrize("kind", ["restart", "shut_down", "people", "unmask"])
def test_a_guard_may_not(screen, kind):
    pin = screen.book.put("bao-ve-1", StaffRole.GUARD)
    token = screen.opens("bao-ve-1", pin)

    assert screen.sends("/menu/do", token=token, kind=kind).status_code == 403
    assert screen.acts == []


def test_what_is_not_on_the_disk_shuts_nothing_down(screen):
    token = screen.opens()
    screen.stores = False

    page = screen.sends("/menu/do", token=token, kind="shut_down").get_data(as_text=True)

    assert "Chưa lưu" in page
    assert screen.shut_down == 0


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [(Done.BUSY, "Đang có khách ở cửa"), (Done.UNKNOWN, "Chưa rõ đã lưu hay chưa")],
)
def test_what_became_of_it_is_said_as_it_is(screen, otherwise, said):
    token = screen.opens()
    screen.stores, screen.otherwise = False, otherwise

    page = screen.sends("/menu/do", token=token, kind="shut_down").get_data(as_text=True)

    assert said in page
    assert screen.shut_down == 0


def test_after_two_minutes_the_pin_is_asked_again(screen):
    token = screen.opens()
    screen.now_s += OPEN_S + 1

    assert 'name="pin"' in screen.sends("/menu/do", token=token, kind="pause").get_data(
        as_text=True
    )
    assert screen.acts == []


@pytest.mark.parametrize("token", ["", "x" * 22])
def test_whoever_comes_later_has_no_token(screen, token):
    screen.opens()

    screen.sends("/menu/do", token=token, kind="pause")

    assert screen.acts == []


def test_without_parts_there_is_no_menu():
    client = create_screen_app(Feed(), PlainEntrance()).test_client()

    assert client.get("/menu").status_code == 404
    assert "data-menu" not in client.get("/").get_data(as_text=True)
