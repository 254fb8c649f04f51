import json
import re

from kiosk.web.screen import create_screen_app


def events(text):
    return [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:")]


def test_the_stream_begins_with_a_comment_and_the_state_that_stands(visitor, feed, make_state):
    feed.publish(make_state(7, "missing", "none"))

    stream = visitor.get("/events", buffered=False).response
    first, second = next(stream).decode(), next(stream).decode()
    stream.close()

    assert first.startswith(":")
    assert second.startswith("id: 7\n")
    assert events(second)[0]["screen"] == "missing"


def test_the_same_state_again_is_the_heartbeat(visitor, feed, make_state):
    feed.publish(make_state(7))

    stream = visitor.get("/events", buffered=False).response
    words = [next(stream).decode() for _ in range(4)]
    stream.close()

    assert [event["seq"] for word in words for event in events(word)] == [7, 7, 7]


def test_a_stream_that_is_left_makes_room_for_the_next(visitor, feed, make_state):
    feed.publish(make_state(1))

    for _ in range(30):
        stream = visitor.get("/events", buffered=False).response
        next(stream)
        stream.close()

    assert feed.has_room()


def test_a_reader_that_leaves_before_the_first_line_makes_room_too(visitor, feed):
    for _ in range(30):
        visitor.get("/events", buffered=False).close()

    assert feed.has_room()


def test_no_heartbeat_is_sent_for_a_loop_that_hangs(visitor, feed, settings):
    # nothing was ever published: the loop has not come up
    stream = visitor.get("/events", buffered=False).response
    words = [next(stream).decode() for _ in range(3)]
    stream.close()

    assert all(word.startswith(":") for word in words)


def test_a_page_that_polls_is_told_only_what_is_new(visitor, feed, make_state):
    feed.publish(make_state(3, "accepted"))

    first = visitor.get("/state.json")
    again = visitor.get("/state.json", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json["seq"] == 3
    assert re.fullmatch(r"\d\d:\d\d", first.json["now"])
    assert again.status_code == 304


def test_before_the_loop_has_spoken_there_is_no_state_to_show(visitor):
    assert visitor.get("/state.json").status_code == 503


def test_a_touch_takes_away_the_result_it_was_meant_for(visitor, feed, entrance, make_state):
    feed.publish(make_state(5, "refer"))

    answer = visitor.touch("/dismiss", seq="5")

    assert answer.status_code == 204
    assert entrance.asked == ["dismiss"]


def test_a_late_touch_leaves_the_next_visitors_result_alone(visitor, feed, entrance, make_state):
    feed.publish(make_state(6, "accepted"))

    visitor.touch("/dismiss", seq="5")

    assert entrance.asked == []


def test_calling_staff_reaches_the_door(visitor, entrance):
    visitor.touch("/call-staff")

    assert entrance.asked == ["call_staff"]


def test_the_page_reports_that_it_lives(visitor, feed):
    assert feed.page_silence_s() is None

    visitor.touch("/beat")

    assert feed.page_silence_s() < 5


def test_the_staff_page_and_its_figures_answer(visitor):
    page = visitor.get("/staff")
    status = visitor.get("/status.json")

    assert page.status_code == 200
    assert status.json["faults"] == ["camera"]


def test_an_unknown_address_leads_back_to_the_start(visitor):
    answer = visitor.get("/nothing/here")

    assert answer.status_code == 404
    assert "form/away.js" in answer.text
    assert 'href="/"' in answer.text


def test_the_picture_to_aim_by_is_served_never_kept_and_absent_when_there_is_none(feed, entrance):
    pictures = [b"\xff\xd8 made up"]
    app = create_screen_app(feed, entrance, preview=lambda: pictures.pop() if pictures else None)
    browser = app.test_client()

    there = browser.get("/preview.jpg")
    gone = browser.get("/preview.jpg")

    assert (there.status_code, there.mimetype, there.data[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert there.headers["Cache-Control"] == "no-store"
    assert (gone.status_code, gone.data) == (204, b"")


def test_a_kiosk_without_a_mirror_has_no_place_for_one(visitor):
    assert "data-mirror-box" not in visitor.get("/").text
    assert visitor.get("/preview.jpg").status_code == 404
