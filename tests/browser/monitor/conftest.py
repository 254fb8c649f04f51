"""A door with its real loop and staff pages (bench.watched_door), and the phones of its guards. One door and one phone
serve all tests of a module: before each of them the door is calm again."""

import pytest

from bench.watched_door import GUARD_PIN, MANAGER_PIN, WatchedDoor
from kiosk.domain.staff_act import Done, act
from kiosk.web.monitor.signing import COOKIE

SIZES = {"phone": (360, 740), "desktop": (1280, 860)}
PINS = {"quan-ly": MANAGER_PIN}


class Guard:
    """Somebody with a phone in the hand."""

    def __init__(self, door, page):
        self.door, self.page = door, page

    def signs_in(self, person="bao-ve-1"):
        self.page.goto(self.door.url)
        self.page.select_option("select[name=person]", person)
        self.page.fill("input[name=pin]", PINS.get(person, GUARD_PIN))
        self.page.click("main button.main")
        return self._at_the_door()

    def has_signed_in(self, person="bao-ve-1", language=""):
        """Before: with the session in its pocket."""
        token = self.door.book.sign_in(person, PINS.get(person, GUARD_PIN))
        cookie = {"name": COOKIE, "value": token, "url": self.door.url, "secure": True}
        self.page.context.add_cookies([cookie])
        self.page.goto(f"{self.door.url}?lang={language}")
        return self._at_the_door()

    def sees(self, selector, text):
        self.page.wait_for_function(
            "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)",
            arg=[selector, text],
        )

    def _at_the_door(self):
        self.page.wait_for_selector(".state[data-state=ok], .state[data-state=fault]")
        return self


@pytest.fixture(scope="module")
def the_door(tmp_path_factory):
    door = WatchedDoor(tmp_path_factory.mktemp("door"))
    door.open()
    yield door
    door.close()


@pytest.fixture
def door(the_door):
    """Nobody waits, nothing is wrong, and nobody is inside. `told` are the acts since then."""
    the_door.beats()
    waiting = [one["id"] for one in the_door.desk.state()["referrals"]]
    acts = [act("resume", "x"), act("call", "x"), act("occupancy", "x", number="0")]
    for each in [*acts, *(act("refer", "x", visit=visit) for visit in waiting)]:
        assert the_door.entrance.act(each) is Done.SAVED
    before = len(the_door.notices())
    the_door.told = lambda: the_door.notices()[before:]
    return the_door


@pytest.fixture(scope="module")
def phone(the_door, lasting_page):
    page = lasting_page(SIZES["phone"], ignore_https_errors=True, has_touch=True)
    return Guard(the_door, page).signs_in()


@pytest.fixture
def guard(phone, door):
    """The one whose phone stays open."""
    phone.sees("[data-alerts]", "Không có việc gì")
    phone.sees("[data-inside]", "0")
    return phone


@pytest.fixture
def guard_on(door, new_page):
    """Each call is another phone."""

    def make(size="phone", **options):
        page = new_page(SIZES[size], ignore_https_errors=True, has_touch=size == "phone", **options)
        return Guard(door, page)

    return make
