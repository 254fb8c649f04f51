import http.client
import socket
import threading
import time
from contextlib import closing

import pytest

from kiosk.errors import KioskError
from kiosk.web.screen import create_screen_app
from kiosk.web.server import PageServer
from kiosk.web.settings import PageSettings


def get(port, path):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def test_a_free_port_is_taken_and_given_back(app):
    with PageServer(app, 0) as server:
        port = server.port
        assert get(port, "/staff") == 200

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


def test_a_port_in_use_is_named(app):
    with PageServer(app, 0) as server, pytest.raises(KioskError, match=str(server.port)):
        PageServer(app, server.port).open()


def test_closing_ends_open_streams_and_leaves_no_thread(app, feed, make_state):
    feed.publish(make_state(1))
    before = threading.active_count()
    server = PageServer(app, 0, on_close=feed.close)
    server.open()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
        connection.request("GET", "/events")
        assert connection.getresponse().status == 200

        began_s = time.monotonic()
        server.close()
        server.close()

        assert time.monotonic() - began_s < 3
        assert threading.active_count() == before


def test_streams_leave_room_for_pages(app, feed, make_state):
    feed.publish(make_state(1))
    with PageServer(app, 0, on_close=feed.close) as server:
        streams = []
        for _ in range(10):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            connection.request("GET", "/events")
            answer = connection.getresponse()
            assert answer.status == 200
            streams += [connection, answer]

        refused = get(server.port, "/events")
        page = get(server.port, "/")

        for stream in streams:
            stream.close()
    assert refused == 503
    assert page == 200


def test_a_reader_that_left_gives_its_place_back_without_waiting_for_a_heartbeat(
    feed, entrance, make_state
):
    feed.publish(make_state(1))
    app = create_screen_app(feed, entrance, PageSettings(heartbeat_s=60))
    with PageServer(app, 0, on_close=feed.close) as server:
        for _ in range(10):
            with closing(
                http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            ) as connection:
                connection.request("GET", "/events")
                connection.getresponse().close()
        deadline_s = time.monotonic() + 5
        while not feed.has_room() and time.monotonic() < deadline_s:
            time.sleep(0.05)

        assert feed.has_room()


def test_what_must_happen_without_a_request_happens(app):
    turned = threading.Event()

    with PageServer(app, 0, every_turn=turned.set):
        assert turned.wait(5)
