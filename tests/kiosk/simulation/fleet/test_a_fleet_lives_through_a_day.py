"""A small province with real parts: Mosquitto, TLS, sealing, the collector, and its clock."""

import shutil
import threading
from pathlib import Path

import pytest

from kiosk.simulation.fleet.run import Options, simulate

needs = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None
    or not any(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")),
    reason="mosquitto or faketime is not installed",
)


def options(**other):
    usual = {"kiosks": 5, "hours": 4.0, "speed": 7_200.0, "seed": 2, "check": True, "folder": None}
    return Options(**{**usual, "stampede": False, **other})


@needs
def test_of_five_kiosks_everything_arrives_once_and_is_counted_and_traced(capsys):
    failed = simulate(options(), threading.Event())

    said = capsys.readouterr().out
    assert not failed, said
    for figure in ("visits that are not there", "report: visits, off by", "their recall"):
        assert f"| {figure}" in said
    assert "| NO" not in said


@needs
@pytest.mark.long
@pytest.mark.timeout(900)
def test_of_sixty_kiosks_with_every_cause_of_silence_each_is_told_rightly(capsys):
    failed = simulate(options(kiosks=60, hours=12.0, speed=600.0, seed=1), threading.Event())

    said = capsys.readouterr().out
    assert not failed, said
    assert "venues backlog, share told so" in said
