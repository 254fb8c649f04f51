"""A kiosk takes a release and goes back when it is not well: the real script and real bundles, a stand-in for systemd.

The booted machines of `setup.sh test --device` do the same with real units.
"""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.update.bundle import this_machine, this_python
from kiosk.wire import updates
from kiosk.wire.updates import Release

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "provisioning/kiosk-update"
KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
OLD, NEW, NEWER = "0.1.0-000000000001", "0.2.0-000000000002", "0.3.0-000000000003"
# up while the release at work has no file `dead`; well while it has no file `ill`
SYSTEMCTL = """
case $1 in
  is-active) test "$3" != kiosk-firstboot.service && test ! -e "$KIOSK_BASE/current/dead" ;;
  show) echo 4711 ;;
  start) test ! -e "$KIOSK_BASE/current/ill" ;;
  restart) echo "$@" >>"$KIOSK_BASE/restarted" ;;
esac
"""
CUT = """
case $0 in */kiosk-update)
  set -T; cut_n=0
  trap '((++cut_n == CUT_AT)) && kill -9 $$; echo $cut_n >"$KIOSK_BASE/cut-count"' DEBUG ;;
esac
"""


class Device:
    """A folder in place of /opt/kiosk, in which OLD runs and BEFORE ran before it."""

    def __init__(self, folder: Path, path: str) -> None:
        self.base, self.state = folder / "opt", folder / "state"
        (self.state / "updates").mkdir(parents=True)
        public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "authority.pub").write_bytes(public)
        settings = folder / "kiosk.toml"
        settings.write_text(f'[authority]\nkey_file = "{folder / "authority.pub"}"\n')
        # of every release: what is asked of it goes to this checkout
        given = f'"$@" --config "{settings}" --pin "{folder / "pinned.pub"}"'
        self.program = f'#!/bin/sh\nexec "{sys.executable}" -m kiosk {given}\n'
        for name in ("0.0.9-000000000000", OLD):
            release = self.base / "releases" / name
            (release / "bin").mkdir(parents=True)
            (release / "bin/kiosk").write_text(self.program)
            (release / "bin/kiosk").chmod(0o755)
            (release / "complete").touch()
        (self.base / "current").symlink_to(self.base / "releases" / OLD)
        self.environment = {
            "PATH": path,
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "KIOSK_BASE": str(self.base),
            "KIOSK_STATE": str(self.state),
            "KIOSK_HEALTH_S": "2",
            "KIOSK_CALM_S": "0",
            "KIOSK_TURN_S": "0.05",
        }

    def bundle(self, name: str = NEW, key: Ed25519PrivateKey = KEY, lay: str = "") -> Path:
        """Fetched; `lay` is what its own script does beside making the release."""
        script = f'#!/bin/sh\nset -e\nmkdir -p "$1/bin"\ncp "${{0%/*}}/kiosk" "$1/bin/"\n{lay}\n'
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:") as archive:
            for path, text in (("lay-release", script), ("kiosk", self.program)):
                info = tarfile.TarInfo(path)
                info.size, info.mode = len(text.encode()), 0o755
                archive.addfile(info, io.BytesIO(text.encode()))
        payload = made.getvalue()
        digest = hashlib.sha256(payload).hexdigest()
        built_at = datetime(2026, 11, 20, tzinfo=UTC)
        release = Release(name, built_at, this_python(), this_machine(), digest, len(payload))
        file = self.state / "updates" / f"{name}.bundle"
        file.write_bytes(updates.sign(release, key) + b"\n" + payload)
        return file

    def update(self, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [SCRIPT, *map(str, arguments)],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def running(self) -> str:
        return (self.base / "current").resolve().name

    @property
    def kept(self) -> list[str]:
        return sorted(path.name for path in (self.base / "releases").iterdir())


@pytest.fixture
def device(tmp_path, machine):
    machine.has("systemctl", SYSTEMCTL)
    return Device(tmp_path / "device", machine.path)


def test_a_good_release_is_taken_and_the_one_before_is_kept(device):
    bundle = device.bundle()

    said = device.update()

    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{NEW} runs and is well" in said.stdout
    assert device.running == NEW
    assert device.kept == [OLD, NEW]
    assert not bundle.exists()
    assert not (device.base / "trial").exists()
    restarted = (device.base / "restarted").read_text()
    assert restarted == (
        "restart --no-block kiosk.service kiosk-eye.service kiosk-uplink.service kiosk-display.service\n"
    )


def test_without_a_bundle_there_is_nothing_to_do(device):
    assert device.update().returncode == 0
    assert device.running == OLD


@pytest.mark.parametrize("broken", ["dead", "ill"])
def test_a_release_that_is_not_well_is_taken_back(device, broken):
    device.bundle(lay=f': >"$1/{broken}"')

    said = device.update()

    assert said.returncode == 1
    assert f"{OLD} runs again" in said.stdout
    assert device.running == OLD
    assert NEW not in device.kept
    assert len((device.base / "restarted").read_text().splitlines()) == 2


def test_what_has_failed_here_is_tried_again_only_when_somebody_says_so(device):
    (device.base / "refused").write_text(f"{NEW}\n")
    device.bundle()

    assert "failed here before" in device.update().stdout
    assert device.running == OLD
    assert device.update("--allow-older", device.bundle()).returncode == 0
    assert device.running == NEW


def test_what_was_ill_before_is_not_held_against_a_release(device):
    (device.base / "releases" / OLD / "ill").touch()
    device.bundle(lay=': >"$1/ill"')

    assert device.update().returncode == 0
    assert device.running == NEW


@pytest.mark.parametrize(
    "spoil",
    [
        lambda device: device.bundle(key=STRANGER),
        lambda device: device.bundle("0.0.1-00000000000f"),
        lambda device: os.truncate(device.bundle(), 3000),
        lambda device: device.bundle(lay="exit 1"),
    ],
    ids=["stranger", "older", "cut-short", "cannot-be-laid"],
)
def test_what_cannot_be_taken_changes_nothing(device, spoil):
    spoil(device)
    before = device.kept

    assert device.update().returncode == 1

    assert device.running == OLD
    assert device.kept == before
    assert not (device.base / "trial").exists()
    assert not (device.base / "restarted").exists()


def test_where_no_process_runs_nobody_could_tell_and_nothing_is_changed(device, machine):
    machine.has("systemctl", "exit 3")
    device.bundle()

    said = device.update()

    assert said.returncode == 1
    assert "nobody could tell" in said.stdout
    assert device.running == OLD


def test_a_kiosk_that_is_just_joining_is_left_alone(device, machine):
    machine.has("systemctl", "exit 0")
    bundle = device.bundle()

    assert device.update().returncode == 0

    assert bundle.exists()
    assert device.running == OLD


def test_two_are_kept_however_many_come(device):
    for name in (NEW, NEWER):
        device.bundle(name)
        assert device.update().returncode == 0

    assert device.kept == [NEW, NEWER]


def cut_off_and_run_again(device, tmp_path, at, lay=""):
    """Killed before its command number `at`; then run again, as at the next start."""
    cut = tmp_path / "cut.sh"
    cut.write_text(CUT)
    device.bundle(lay=lay)
    killed = device.update(BASH_ENV=str(cut), CUT_AT=str(at))
    found = device.base / "current"
    assert (found.resolve() / "complete").exists(), "old or new, and never half of one"
    device.update()
    return killed.returncode == -9


@pytest.mark.parametrize("at", [60, 85])
def test_cut_off_it_goes_on_at_the_next_start(device, tmp_path, at):
    assert cut_off_and_run_again(device, tmp_path, at)

    assert device.running == NEW
    assert not (device.base / "trial").exists()


@pytest.mark.parametrize("at", [100])
def test_cut_off_while_a_bad_release_is_on_trial_the_old_one_comes_back(device, tmp_path, at):
    assert cut_off_and_run_again(device, tmp_path, at, lay=': >"$1/dead"')

    assert device.running == OLD
    assert not (device.base / "trial").exists()


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("lay", "wanted"), [("", NEW), (': >"$1/dead"', OLD)], ids=["good", "bad"])
def test_cut_off_before_every_third_of_its_commands(tmp_path, machine, lay, wanted):
    machine.has("systemctl", SYSTEMCTL)
    at, cut = 1, True
    while cut:
        device = Device(tmp_path / str(at), machine.path)
        cut = cut_off_and_run_again(device, tmp_path, at, lay=lay)
        assert device.running == wanted
        assert not (device.base / "trial").exists()
        at += 3 if at < 110 else 29  # the rest is waiting, again and again
    assert at > 60


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "say where to: --out FOLDER"),
        (("--out",), "--out needs a value"),
        (("--outt", "x"), "unknown argument '--outt'"),
        (("--out", "x", "--authority", "y"), "--authority needs --documents"),
        (("--out", "x", "--venv", "/no/such"), "/no/such has no Python"),
    ],
)
def test_a_wrong_call_of_build_release_is_refused_in_one_line(arguments, line):
    script = ROOT / "provisioning/build-release"

    said = subprocess.run([script, *arguments], capture_output=True, text=True, timeout=60)

    assert said.returncode == 2
    assert line in said.stderr
    assert said.stderr.count("\n") == 1
