"""The `kiosk enrol` command against a real collector, and the same killed at every write."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.joining import KIOSK
from kiosk import config
from kiosk.cli import main
from kiosk.documents import open_documents
from kiosk.enrol import place
from kiosk.errors import ConfigError
from kiosk.wire import enrolment as wire
from kiosk.wire.check_words import words_of
from kiosk.wire.documents import DocumentKind

pytestmark = pytest.mark.broker


@pytest.fixture
def enrol(kiosk_toml: Path, tmp_path: Path, capsys):
    def run(text: str) -> tuple[int, str, str]:
        file = tmp_path / "code.txt"
        file.write_text(text + "\n")
        status = main(["enrol", "--config", str(kiosk_toml), "--file", str(file)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def state_of(kiosk_toml: Path) -> Path:
    return kiosk_toml.parent / "state"


def test_a_code_in_a_file_makes_it_a_kiosk_of_its_venue(province, enrol, kiosk_toml) -> None:
    status, told, _ = enrol(province.code())

    joined = config.load(kiosk_toml)
    words = words_of(province.registry.admission(KIOSK).key_hash)
    assert (status, told) == (0, f"{KIOSK} Chợ Mẫu: {' '.join(words)}\n")
    assert (joined.kiosk.id, joined.kiosk.venue_name) == (KIOSK, "Chợ Mẫu")
    assert (joined.uplink.host, joined.uplink.port) == ("127.0.0.1", province.broker_port)
    assert joined.uplink.key_file.stat().st_mode & 0o777 == 0o640
    assert open_documents(joined).get(DocumentKind.POLICY).body["declaration_valid_h"] == 12
    assert open_documents(joined).keys.receipt


def test_a_kiosk_that_has_joined_is_left_as_it_is(province, enrol, kiosk_toml) -> None:
    enrol(province.code())
    before = config.load(kiosk_toml)

    status, _, said = enrol(province.code("cho-mau-2"))

    assert status == 1
    assert f"{KIOSK} already" in said
    assert config.load(kiosk_toml) == before


def test_until_it_has_joined_it_says_what_to_do(kiosk_toml) -> None:
    with pytest.raises(ConfigError, match="kiosk firstboot"):
        config.load(kiosk_toml)


def changed(text: str) -> str:
    return text[:-1] + ("A" if text[-1] != "A" else "B")


@pytest.mark.parametrize(
    ("spoil", "trouble"),
    [
        (changed, "damaged"),
        (lambda text: text[: len(text) // 2], "damaged"),
        (lambda _: "https://example.vn", "not_a_code"),
    ],
)
def test_a_code_that_is_none_is_named_and_nothing_is_kept(
    province, enrol, kiosk_toml, spoil, trouble
) -> None:
    status, _, said = enrol(spoil(province.code()))

    assert status == 1
    assert f"not joined: {trouble}" in said
    assert list(state_of(kiosk_toml).glob("enrol*")) == []


def test_an_expired_code_is_named_and_the_next_one_is_taken(province, enrol, kiosk_toml) -> None:
    status, _, said = enrol(province.code(at=datetime.now(UTC) - timedelta(minutes=20)))
    assert (status, "expired" in said) == (1, True)

    assert enrol(province.code())[0] == 0

    # the key of the attempt that came to nothing is gone
    assert len(list(state_of(kiosk_toml).glob("enrolment-*"))) == 1


def test_without_a_network_nothing_is_kept(province, enrol, kiosk_toml) -> None:
    code = wire.decode(province.code())
    away = replace(code, address="https://127.0.0.1:9")

    status, _, said = enrol(wire.encode(away, Ed25519PrivateKey.generate()))

    assert (status, "no_network" in said) == (1, True)
    with pytest.raises(ConfigError):
        config.load(kiosk_toml)
    # the code of the collector itself, once there is a network
    assert enrol(wire.encode(code, Ed25519PrivateKey.generate()))[0] == 0


@pytest.mark.parametrize("years", ["-7 years", "+20 years"])
def test_a_wrong_clock_is_told_as_such(province, enrol, kiosk_toml, tmp_path, years) -> None:
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not installed")
    file = tmp_path / "code.txt"
    file.write_text(province.code())
    command = [sys.executable, "-m", "kiosk", "enrol", "--config", kiosk_toml, "--file", file]

    done = subprocess.run(
        [faketime, "-f", years.replace(" years", "y"), *command],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, "not joined: clock" in done.stderr) == (1, True), done.stderr
    assert enrol(file.read_text())[0] == 0  # the same code, once the clock is right


def test_words_that_differ_undo_it(province, enrol, kiosk_toml) -> None:
    enrol(province.code())

    place.forget(state_of(kiosk_toml))

    with pytest.raises(ConfigError):
        config.load(kiosk_toml)
    assert list(state_of(kiosk_toml).rglob("*.key")) == []


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_anywhere_it_has_joined_or_not_and_the_same_code_goes_on(
    province, kiosk_toml, tmp_path
) -> None:
    """strace ends it at its n-th call that changes the disk, for every n that there is."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    file = tmp_path / "code.txt"
    state = state_of(kiosk_toml)
    command = [sys.executable, "-m", "kiosk", "enrol", "--config", kiosk_toml, "--file", file]
    calls = "rename,fsync,symlink,mkdir,fchmod"
    joined_when_killed = 0
    for number in range(1, 60):
        file.write_text(province.code())
        shutil.rmtree(state, ignore_errors=True)
        inject = f"inject={calls}:signal=KILL:when={number}"
        killed = subprocess.run(
            [strace, "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", inject, *command],
            capture_output=True,
            check=False,
        )
        try:
            config.load(kiosk_toml)
        except ConfigError:
            assert not (state / "enrolled").exists()
        else:
            open_documents(config.load(kiosk_toml))
            joined_when_killed += killed.returncode != 0
        if killed.returncode == 0:
            break
        assert killed.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        assert again.returncode == 0 or "already" in again.stderr, again.stderr
        assert config.load(kiosk_toml).kiosk.id == KIOSK
    else:
        pytest.fail("it never came to its end")
    assert number > 10
    assert joined_when_killed > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be two users")
def test_another_user_of_the_group_uses_the_key_and_renews_what_this_one_was_given(
    province, enrol, kiosk_toml, tmp_path
) -> None:
    """As `kiosk` and `kiosk-uplink` on a device; a third user sees nothing."""
    group, uplink, stranger = 60_010, 60_012, 60_013
    state = state_of(kiosk_toml)
    state.mkdir()
    os.chown(state, 60_011, group)
    state.chmod(0o2770)
    assert enrol(province.code())[0] == 0
    folder = (state / "enrolled").resolve()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 60_011, group)  # the test is root in their place

    def tries(user: int, act: str) -> int:
        own = [f"--reuid={user}", f"--regid={group if user == uplink else user}", "--clear-groups"]
        command = ["setpriv", *own, "sh", "-c", act]
        return subprocess.run(command, cwd="/", check=False, capture_output=True).returncode

    key, certificate = folder / "kiosk.key", folder / "kiosk.pem"
    temporary = Path(tempfile.gettempdir())
    for above in (tmp_path, *tmp_path.parents):
        if above == temporary:
            break
        above.chmod(0o755)
    assert tries(uplink, f"cat {key}") == 0
    assert tries(uplink, f"cp {certificate} {folder}/.new && mv {folder}/.new {certificate}") == 0
    assert tries(stranger, f"cat {key}") != 0
