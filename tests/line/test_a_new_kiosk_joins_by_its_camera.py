"""From a kiosk without a name to its first visitor's receipt, through a camera, a broker that knows whom it lets in,
and a collector; and out again."""

import json
import shutil
import subprocess
import sys
import time

import pytest

from bench.enrolment import LIMIT_S, STEPS_ALLOWED, Technician, site, until
from bench.joining import KIOSK
from hardware.stage import Stage
from kiosk.bootstrap.uplink import outbox_counts, stored_visits
from kiosk.config import load
from kiosk.rehearsal.people import Behaviour, Visitor, citizen_card
from kiosk.simulation.crowd import Crowd
from kiosk.simulation.screen import Screen
from kiosk.simulation.touch import Declarer
from kiosk.wire.check_words import words_of

# rows without a receipt go again after two
SENT_AGAIN_S = 3.0

pytestmark = pytest.mark.timeout(240)


def ledger_visits(province) -> list[str]:
    command = [sys.executable, "-m", "collector", "ledger", "events", "--json"]
    done = subprocess.run(
        [*command, "--config", province.settings, "--kiosk", KIOSK],
        capture_output=True,
        text=True,
        check=True,
    )
    events = map(json.loads, done.stdout.splitlines())
    return [event["id"] for event in events if ".visit." in event["type"]]


def test_shown_a_code_it_joins_and_its_visits_arrive_until_it_is_shut_out(tmp_path):
    if shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None:
        pytest.skip("mosquitto is not installed: ./provisioning/setup.sh test installs it")
    with site(tmp_path / "site") as (province, kiosk, supervisor):
        technician = Technician(kiosk)

        words = technician.lets_it_join(province.code())

        assert words == words_of(province.registry.admission(KIOSK).key_hash)
        assert len(technician.acts) <= STEPS_ALLOWED
        assert "✗" not in technician.page()  # every part was found well
        config = load(kiosk.settings)
        assert config.kiosk.id == KIOSK

        supervisor.child("firstboot").stop()
        for name in ("run", "uplink"):
            supervisor.start(kiosk.program(name)).wait_ready(LIMIT_S)
        with Screen(kiosk.screen) as screen:
            assert screen.wait(lambda shown: shown["screen"] == "idle", -1, LIMIT_S)
            crowd = Crowd(Stage(kiosk.run_dir / "stage.sock"), screen, Declarer(kiosk.screen))
            crowd.play(Visitor("somebody", citizen_card(2), Behaviour.DECLARES))

            assert crowd.tally.unexpected == []
            visits = stored_visits(config)
            until(lambda: "all" if set(visits) <= set(ledger_visits(province)) else "")
            until(lambda: "received" if outbox_counts(config)["waiting"] == 0 else "")

            # the registry's word is enough: no receipt comes any more, nothing is lost at the kiosk
            province.registry.remove_kiosk(KIOSK)
            until(lambda: "out" if province.registry.admission(KIOSK).revoked_at else "")
            crowd.play(Visitor("somebody else", citizen_card(3), Behaviour.DECLARES))

            time.sleep(SENT_AGAIN_S)
            assert set(ledger_visits(province)) == set(visits)
            assert outbox_counts(config)["waiting"] > 0
