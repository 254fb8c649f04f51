import threading

import pytest

from kiosk.web.feed import QUEUE_LENGTH, Feed, FeedFull


def test_a_new_page_gets_the_last_state_at_once(feed, make_state):
    feed.publish(make_state(1))
    feed.publish(make_state(2, "missing"))

    with feed.subscribe() as page:
        first = page.next(0.0)

    assert first == make_state(2, "missing")


def test_a_page_that_listens_gets_every_state_in_order(feed, make_state):
    with feed.subscribe() as page:
        for seq in range(3):
            feed.publish(make_state(seq))

        seen = [page.next(0.0)["seq"] for _ in range(3)]

    assert seen == [0, 1, 2]


def test_a_slow_page_loses_the_oldest_and_never_holds_up_the_loop(feed, make_state):
    with feed.subscribe() as page:
        for seq in range(QUEUE_LENGTH + 5):
            feed.publish(make_state(seq))

        oldest_kept = page.next(0.0)["seq"]

    assert oldest_kept == 5


def test_nothing_new_within_the_time_is_none(feed):
    with feed.subscribe() as page:
        assert page.next(0.01) is None


def test_one_page_too_many_is_refused_and_a_page_that_leaves_makes_room():
    feed = Feed(most_subscribers=1)
    with feed.subscribe():
        with pytest.raises(FeedFull), feed.subscribe():
            pass
        assert not feed.has_room()

    with feed.subscribe():
        pass


def test_closing_lets_a_waiting_page_go(feed):
    waiting, done = threading.Event(), threading.Event()

    def page():
        with feed.subscribe() as subscription:
            waiting.set()
            subscription.next(60)
        done.set()

    thread = threading.Thread(target=page)
    thread.start()
    waiting.wait(5)
    feed.close()

    assert done.wait(5)
    thread.join()


def test_what_is_published_cannot_be_changed_afterwards(feed, make_state):
    shown = make_state(1)
    feed.publish(shown)
    shown["screen"] = "accepted"

    assert feed.last()["screen"] == "idle"


def test_a_loop_that_turns_keeps_its_state_fresh_and_one_that_hangs_does_not(make_state):
    now_s = 100.0
    feed = Feed(clock=lambda: now_s)
    assert not feed.is_fresh()

    feed.publish(make_state(1, "accepted"))
    now_s += 4.9
    assert feed.is_fresh()
    feed.turned()
    now_s += 5.0
    assert not feed.is_fresh()


def test_silence_of_the_page_is_measured_from_its_last_word():
    now_s = 100.0
    feed = Feed(clock=lambda: now_s)
    assert feed.page_silence_s() is None

    feed.page_heard()
    now_s += 31.0

    assert feed.page_silence_s() == pytest.approx(31.0)


def test_a_page_that_was_never_heard_is_absent_and_one_that_stops_is_silent():
    now_s = [0.0]
    feed = Feed(clock=lambda: now_s[0])
    before = feed.page_state()

    feed.page_heard()
    now_s[0] = 30.0
    while_it_reports = feed.page_state()
    now_s[0] = 31.0

    assert (before, while_it_reports, feed.page_state()) == ("absent", "alive", "silent")
