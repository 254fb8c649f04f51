"""A technician tries one part: with the real simulated camera, and lamps on mock pins."""

import threading
import time

import pytest

from hardware.stage import CameraFault, Scene, Stage, StageError
from kiosk import config
from kiosk.doctor import tries
from kiosk.doctor.finding import Health
from kiosk.rehearsal.people import citizen_card
from kiosk.rehearsal.pictures import phone
from kiosk.simulation.ports import free_port
from kiosk.web.feed import Feed
from kiosk.web.screen import create_screen_app
from kiosk.web.server import PageServer


class Site:
    def __init__(self, folder):
        self.file = folder / "kiosk.toml"
        self.said = []
        (folder / "state").mkdir()
        self.file.write_text(
            f"""
[kiosk]
id = "gate-1"
state_dir = "state"
run_dir = "{folder}"
require_durable_state = false
[camera]
kind = "simulated"
[lights]
mock_pins = true
[screen]
port = {free_port()}
"""
        )

    def tries(self, part, **named):
        return tries.TRIES[part](config.load(self.file), self.said.append, **named)

    def meanwhile(self, act):
        """As soon as the camera is open."""
        stage = Stage(config.load(self.file).stage_socket)

        def wait():
            for _ in range(400):
                try:
                    act(stage)
                except StageError:
                    time.sleep(0.02)
                else:
                    return

        threading.Thread(target=wait, daemon=True).start()


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("part", "stop"), [("lights", "kiosk"), ("camera", "kiosk-eye"), ("code", "kiosk-eye")]
)
def test_what_a_running_kiosk_holds_is_left_to_it(site, part, stop):
    app = create_screen_app(Feed(), Running())
    with PageServer(app, config.load(site.file).screen.port):
        found = site.tries(part)

    assert found.health is Health.FAULT
    assert found.remedy.partition("systemctl stop ")[2].split(",")[0] == stop


class Running:
    """The door of a kiosk that is well."""

    def status(self):
        return {"screen": "idle", "faults": [], "notes": [], "camera": "ok", "page": "alive"}


def test_each_lamp_is_named_and_switched_and_mock_pins_are_said(site):
    found = site.tries("lights")

    assert found.health is Health.WARNING
    assert "mock pins" in found.told
    assert all(lamp in site.said[0] for lamp in ("green", "amber", "red"))


def test_the_camera_says_its_size_its_pace_and_its_light(site):
    found = site.tries("camera")

    assert found.health is Health.OK, found
    assert " x " in found.told
    assert "brightness" in found.told


def test_a_black_camera_is_a_fault_with_what_to_do(site):
    site.meanwhile(lambda stage: stage.fail(CameraFault.BLACK, 10.0))

    found = site.tries("camera")

    assert found.health is Health.FAULT
    assert "cap" in found.remedy


def test_a_code_is_said_by_its_kind_and_never_whose(site):
    card = citizen_card(1)
    site.meanwhile(lambda stage: stage.show(Scene.of_luma(phone(card), hold_s=8.0, scale=0.7)))

    found = site.tries("code")

    assert found.health is Health.OK, found
    assert found.told.startswith("cccd, in frame")
    assert card.decode().split("|")[0] not in found.told


def test_where_nobody_holds_up_a_code_it_says_how_to(site):
    found = site.tries("code", within_s=0.5)

    assert found.health is Health.FAULT
    assert "flat" in found.remedy
