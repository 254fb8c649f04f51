from dataclasses import dataclass, field

import pytest

from kiosk.web.bench import create_bench_app


@dataclass
class PlainBench:
    """A desk on which everything put before the camera is written down."""

    shown: list[object] = field(default_factory=list)

    def visitors(self):
        return [("card", "Thạch Thị Mẫu")]

    def show(self, visitor_id):
        if visitor_id != "card":
            raise KeyError(visitor_id)
        self.shown.append(visitor_id)

    def show_image(self, picture):
        if not picture.startswith(b"\x89PNG"):
            raise ValueError("no picture")
        self.shown.append(picture)

    def clear(self):
        self.shown.append(None)

    def pins(self):
        return {"green": True, "buzzer": False}

    def links(self):
        return {"Collector": "http://127.0.0.1:8082/"}


@pytest.fixture
def bench():
    return PlainBench()


@pytest.fixture
def technician(feed, bench, settings):
    app = create_bench_app(feed, bench, settings)
    client = app.test_client()
    token = app.jinja_env.globals["csrf_token"]
    client.touch = lambda path, data: client.post(path, data=data, headers={"X-CSRF": token})
    return client


def test_the_page_offers_visitors_pins_and_links(technician):
    page = technician.get("/").text

    assert "Thạch Thị Mẫu" in page
    assert 'data-pin="buzzer"' in page
    assert 'href="http://127.0.0.1:8082/"' in page


def test_the_slip_of_the_simulated_printer_is_shown_and_only_the_last_one(feed, bench, settings):
    printed = [None]
    client = create_bench_app(feed, bench, settings, lambda: printed[0]).test_client()
    assert client.get("/now.json").json["slip"] == 0
    assert client.get("/slip-1.png").status_code == 404

    printed[0] = (2, b"\x89PNG made up")

    assert client.get("/now.json").json["slip"] == 2
    shown = client.get("/slip-2.png")
    assert (shown.mimetype, shown.data) == ("image/png", printed[0][1])
    assert "no-store" in shown.headers["Cache-Control"]
    assert client.get("/slip-1.png").status_code == 404


def test_a_visitor_that_is_picked_stands_before_the_camera(technician, bench):
    answer = technician.touch("/show", {"visitor": "card"})

    assert answer.status_code == 204
    assert bench.shown == ["card"]


def test_a_visitor_that_nobody_knows_is_said_so(technician, bench):
    answer = technician.touch("/show", {"visitor": "ghost"})

    assert answer.status_code == 400
    assert bench.shown == []


def test_a_photograph_larger_than_a_form_may_be_dropped(technician, bench):
    photograph = b"\x89PNG" + bytes(3_000_000)

    answer = technician.touch("/image", photograph)

    assert answer.status_code == 204
    assert bench.shown == [photograph]


def test_a_file_that_is_no_picture_is_said_so(technician):
    answer = technician.touch("/image", b"GIF? no")

    assert answer.status_code == 400
    assert "not a picture" in answer.text


def test_pins_and_screen_are_told_as_they_are(technician, feed, make_state):
    feed.publish(make_state(4, "accepted"))

    now = technician.get("/now.json").json

    assert now["pins"] == {"green": True, "buzzer": False}
    assert now["shown"]["screen"] == "accepted"


def test_a_kiosk_that_is_silent_shows_nothing(technician):
    assert technician.get("/now.json").json["shown"]["screen"] is None
