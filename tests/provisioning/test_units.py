"""The units, judged by the systemd of this machine; the device suite asks the systemd of each target too."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted(
    path
    for path in (ROOT / "systemd").rglob("*")
    if path.suffix in (".service", ".timer", ".target")
)
SERVICES = [path for path in UNITS if path.suffix == ".service"]
# of `systemd-analyze security`, times ten, as trixie's systemd counts; an older one counts up to 2 more
HIGHEST = {
    "kiosk": 15,
    "kiosk-eye": 15,
    "kiosk-uplink": 12,
    "kiosk-display": 30,
    "kiosk-firstboot": 17,
    "kiosk-new-card": 15,
    "kiosk-health": 15,
    "kiosk-fetch": 12,
    "kiosk-update": 15,
    "collector-inbox": 12,
    "collector-office": 12,
    "collector-enrolment": 12,
    "collector-portal": 12,
}
OLDER = 2
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (package systemd)"
)


def analyze(*arguments):
    done = subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def ids(path):
    return path.name


@pytest.fixture
def laid(tmp_path):
    """The units with a program in them that exists here."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        text = re.sub(r"/opt/kiosk/current/bin/\S+|/usr/local/sbin/\S+", "/bin/true", text)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return tmp_path


@needs_systemd
def test_systemd_understands_every_line(laid):
    status, said = analyze("verify", "--recursive-errors=yes", *sorted(laid.iterdir()))

    assert not said
    assert status == 0


@needs_systemd
def test_a_misspelt_line_would_be_noticed(laid):
    unit = laid / "kiosk.service"
    unit.write_text(unit.read_text().replace("ProtectClock=", "ProtectClok="))

    status, said = analyze("verify", "--recursive-errors=yes", unit)

    assert status != 0
    assert "ProtectClok" in said


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=ids)
def test_a_unit_is_shut_in_as_far_as_its_work_allows(unit):
    threshold = HIGHEST[unit.stem] + OLDER

    status, said = analyze("security", "--offline=true", f"--threshold={threshold}", unit)

    assert status == 0, said.splitlines()[-1]


@pytest.mark.parametrize(
    "unit",
    [
        path
        for path in SERVICES
        if path.stem
        not in ("kiosk-firstboot", "kiosk-new-card", "kiosk-health", "kiosk-fetch", "kiosk-update")
    ],
    ids=ids,
)
def test_what_runs_at_a_door_is_watched_and_always_started_again(unit):
    text = unit.read_text(encoding="utf-8")

    for line in ("Type=notify", "WatchdogSec=", "Restart=always", "StartLimitIntervalSec=0"):
        assert f"\n{line}" in text
    assert "LimitCORE=0" in text
    assert "StartLimitAction" not in text  # one bad setting would make a loop of reboots


def test_no_two_processes_share_a_user_and_the_health_look_is_the_loops_own():
    users = [re.search(r"^User=(.*)$", path.read_text(), re.M) for path in SERVICES]
    named = sorted(user[1] for user in users if user)

    assert named.count("kiosk") == 3  # firstboot and the door are never up at once
    assert named.count("kiosk-uplink") == 2  # what fetches is let in by the same certificate
    assert len(set(named)) == len(named) - 3


@pytest.mark.parametrize("unit", SERVICES, ids=ids)
def test_every_user_and_group_of_a_unit_is_made(unit):
    made = "\n".join(path.read_text() for path in (ROOT / "systemd").rglob("*.sysusers"))
    text = unit.read_text(encoding="utf-8")

    for name in re.findall(r"^(?:User|Group|SupplementaryGroups)=(.*)$", text, re.M):
        assert re.search(rf"^[ug] {name}\s", made, re.M), name


def test_the_eye_has_no_network_and_no_group_that_could_open_the_outbox():
    eye = (ROOT / "systemd/kiosk-eye.service").read_text()
    users = (ROOT / "systemd/kiosk.sysusers").read_text()

    assert "PrivateNetwork=yes" in eye
    assert "InaccessiblePaths=/var/lib/kiosk" in eye
    assert not re.search(r"^m kiosk-eye\s+kiosk$", users, re.M)


@pytest.mark.parametrize(
    ("before", "after"), [("user-data", False), ("network-config", False), ("config.txt", True)]
)
def test_the_first_start_takes_secrets_off_the_boot_partition_and_nothing_else(
    tmp_path, before, after
):
    boot, cloud, state = (tmp_path / name for name in ("boot", "cloud", "state"))
    for folder in (boot, cloud, state):
        folder.mkdir()
    (boot / before).write_text("made up")
    environment = {
        "PATH": "/usr/bin:/bin",
        "BOOT_PARTITION": str(boot),
        "CLOUD_FOLDER": str(cloud),
        "STATE_DIRECTORY_OF_KIOSK": str(state),
    }

    subprocess.run([ROOT / "provisioning/new-card"], env=environment, check=True, timeout=10)

    assert (boot / before).exists() is after
    assert (cloud / "cloud-init.disabled").exists()
    assert (state / ".new-card-done").exists()
