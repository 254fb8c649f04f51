"""When the panel is started again, and what stands on it."""

import shlex
import socket
from pathlib import Path

import pytest

from kiosk.bootstrap.display import page_state
from kiosk.display import START_S, PageWatch, browser_command, compositor_config

FOLDER = Path("/run/display")


def test_a_page_that_was_alive_and_falls_silent_is_dead_at_once():
    watch = PageWatch(started_s=0.0)

    assert not watch.is_dead("alive", 10.0)
    assert watch.is_dead("silent", 11.0)


def test_a_fresh_browser_is_not_blamed_for_the_silence_of_the_one_before():
    watch = PageWatch(started_s=0.0)

    assert not watch.is_dead("silent", START_S - 1)
    assert not watch.is_dead("absent", START_S - 1)
    assert watch.is_dead("silent", START_S + 1)


def test_a_browser_that_never_shows_the_page_is_dead_after_a_minute():
    assert PageWatch(started_s=0.0).is_dead("absent", START_S + 1)


def test_a_kiosk_that_does_not_answer_says_nothing_about_its_page():
    watch = PageWatch(started_s=0.0)

    assert not watch.is_dead("alive", 1.0)
    assert not watch.is_dead(None, 500.0)


def test_nobody_at_the_port_is_no_answer():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))

        assert page_state(free.getsockname()[1]) is None


def test_the_browser_keeps_nothing_and_asks_nothing():
    command = browser_command("http://127.0.0.1:8080/", FOLDER)

    assert command[0] == "chromium"
    assert command[-1] == "http://127.0.0.1:8080/"
    assert "--user-data-dir=/run/display/profile" in command
    assert not [flag for flag in command if "no-sandbox" in flag or "scale-factor" in flag]


@pytest.mark.parametrize(("turn", "told"), [(0, "transform normal"), (90, "transform 90")])
def test_scale_and_rotation_are_the_outputs(turn, told):
    text = compositor_config(["chromium"], scale=1.6, turn_degrees=turn)

    assert f"output * scale 1.6 {told}" in text.splitlines()


def test_a_comma_in_a_flag_ends_no_command_of_the_compositor():
    browser = browser_command("http://127.0.0.1:8080/", FOLDER)

    [line] = [
        line
        for line in compositor_config(browser, scale=1, turn_degrees=0).splitlines()
        if line.startswith("exec")
    ]

    [word, command] = shlex.split(line)
    assert word == "exec"
    assert shlex.split(command)[: len(browser) - 1] == browser[:-1]
    assert "bindsym" not in line
