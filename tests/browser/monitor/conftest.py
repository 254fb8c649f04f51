"""A door with its real loop and staff pages (bench.watched_door), and the phones of its guards."""

import pytest

from bench.watched_door import GUARD_PIN, WatchedDoor

SIZES = {"phone": (360, 740), "desktop": (1280, 860)}


class Guard:
    """Somebody with a phone in the hand."""

    def __init__(self, door, page):
        self.door, self.page = door, page

    def signs_in(self, person="bao-ve-1", pin=GUARD_PIN):
        self.page.goto(self.door.url)
        self.page.select_option("select[name=person]", person)
        self.page.fill("input[name=pin]", pin)
        self.page.click("main button.main")
        self.page.wait_for_selector(".state[data-state=ok], .state[data-state=fault]")
        return self

    def sees(self, selector, text):
        self.page.wait_for_function(
            "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)",
            arg=[selector, text],
        )


@pytest.fixture
def door(tmp_path):
    door = WatchedDoor(tmp_path)
    door.open()
    yield door
    door.close()


@pytest.fixture
def guard_on(door, new_page):
    """Each call is another phone."""

    def make(size="phone", **options):
        page = new_page(SIZES[size], ignore_https_errors=True, has_touch=size == "phone", **options)
        return Guard(door, page)

    return make
