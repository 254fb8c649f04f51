import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_help_says_what_each_command_does_and_what_the_exit_status_means(setup):
    said = setup("--help")

    assert said.returncode == 0
    for word in ("setup.sh try", "setup.sh test", "--headless", "--visitors N", "Exit status"):
        assert word in said.stdout
    assert not said.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param((), "say what to do: try, test, install", id="nothing"),
        pytest.param(("instal",), "unknown command 'instal'", id="unknown-command"),
        pytest.param(("try", "--headles"), "unknown argument '--headles'", id="unknown-option"),
        pytest.param(("try", "50"), "unknown argument '50'", id="stray-value"),
        pytest.param(("try", "--visitors"), "--visitors needs a value", id="no-value"),
        pytest.param(("try", "--visitors", "0"), "whole number from 1, not '0'", id="no-visitors"),
        pytest.param(("try", "--visitors=many"), "whole number from 1, not 'many'", id="words"),
        pytest.param(("try", "--bench-port", "65536"), "port number, not '65536'", id="port"),
        pytest.param(("try", "--door", "back"), "in, out or both, not 'back'", id="door"),
        pytest.param(("test", "-x"), "arguments for pytest come after --", id="pytest-option"),
    ],
)
def test_a_wrong_call_is_refused_in_one_line_before_anything_is_written(
    setup, checkout, arguments, line
):
    said = setup(*arguments)

    assert said.returncode == 2
    assert line in said.stderr
    assert said.stderr.startswith("setup.sh: ")
    assert said.stderr.count("\n") == 1
    assert not (checkout / ".try").exists()


def test_a_port_in_use_is_named_with_its_remedy(setup):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]

        said = setup("try", "--headless", f"--screen-port={port}")

    assert said.returncode == 3
    assert f"port {port} (screen) is in use" in said.stderr
    assert "--screen-port" in said.stderr


def test_setup_knows_exactly_the_options_of_kiosk_simulate():
    described = subprocess.run(
        [sys.executable, "-m", "kiosk", "simulate", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    offered = set(re.findall(r"--[a-z-]+", described)) - {"--help"}

    known = subprocess.run(
        ["bash", "-c", '. provisioning/steps/options.sh; echo "${flags_of_try[@]} ${values_of_try[@]}"'],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip

    assert set(known) == offered
    for option in known:
        assert option in Path(ROOT / "provisioning/setup.sh").read_text(encoding="utf-8")


def test_setup_knows_the_ports_of_kiosk_simulate():
    described = subprocess.run(
        [sys.executable, "-m", "kiosk", "simulate", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    usual = dict(re.findall(r"--(\w+)-port PORT\s+default (\d+)", described))

    known = subprocess.run(
        ["bash", "-c", ". provisioning/steps/options.sh; ports_to_be_free"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip

    assert usual
    assert dict(line.split() for line in known.splitlines()) == usual


DEVICE_COMMANDS = ("install", "factory-reset", "replace", "uninstall")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(("install", "--dryrun"), "unknown argument '--dryrun'", id="misspelt"),
        pytest.param(("install", "--config"), "--config needs a value", id="no-value"),
        pytest.param(("install", "--force"), "unknown argument '--force'", id="others-option"),
        pytest.param(("install", "--config", "/no/such.toml"), "cannot be read", id="no-file"),
        pytest.param(("install", "--identity", "/no/such"), "no kiosk.pem", id="no-identity"),
        pytest.param(("replace", "--force"), "unknown argument '--force'", id="replace"),
        pytest.param(("test", "--device", "--suit"), "unknown argument --suit", id="device-test"),
    ],
)
def test_a_wrong_call_for_a_device_is_refused_before_anything_is_changed(setup, arguments, line):
    said = setup(*arguments)

    assert said.returncode == 2
    assert line in said.stderr


@pytest.mark.parametrize("command", DEVICE_COMMANDS)
def test_every_command_for_a_device_is_in_help_and_in_the_technicians_page(setup, command):
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    parts = (ROOT / "provisioning/steps/device-options.sh").read_text(encoding="utf-8")

    assert f"setup.sh {command}" in setup("--help").stdout
    assert f"setup.sh {command}" in page
    for option in set(re.findall(r"--[a-z-]+", parts)) - {"--help"}:
        assert option in page, option


def test_only_root_makes_a_machine_a_kiosk(setup, machine):
    machine.has("systemctl", "exit 0")

    said = setup("install", before=("setpriv", "--reuid=65534", "--clear-groups"))

    assert said.returncode == 3
    assert "run it with sudo" in said.stderr


def test_a_machine_without_systemd_is_refused(setup, machine):
    machine.lacks("systemctl")

    said = setup("install")

    assert said.returncode == 3
    assert "no systemd here" in said.stderr


def test_a_root_that_lies_in_ram_is_refused_with_the_remedy(setup, machine):
    machine.has("systemctl", "exit 0")
    machine.has("findmnt", "echo overlay")

    said = setup("install", "--dry-run")

    assert said.returncode == 3
    assert "disable_overlayfs" in said.stderr
