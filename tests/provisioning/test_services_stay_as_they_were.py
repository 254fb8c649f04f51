"""install-debian.sh on a stand-in machine: another root folder, and an apt-get that does what packages do."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What the mosquitto package does: its unit and its old script are enabled, then it asks whether it may start.
APT_GET = r"""
case "$*" in
  *--no-download*)
    ln -sf /usr/lib/systemd/system/mosquitto.service \
      "$DPKG_ROOT/etc/systemd/system/multi-user.target.wants/mosquitto.service"
    touch "$DPKG_ROOT/etc/init.d/mosquitto"
    ln -sf ../init.d/mosquitto "$DPKG_ROOT/etc/rc2.d/S01mosquitto"
    "$DPKG_ROOT/usr/sbin/policy-rc.d" mosquitto start; echo "policy $?" >>"$DPKG_ROOT/heard"
    if [ -e "$DPKG_ROOT/slow-install" ]; then echo >"$DPKG_ROOT/reached"; read -r _ <"$DPKG_ROOT/go"; fi
    echo installed >>"$DPKG_ROOT/heard"
    ;;
  *--download-only*)
    if [ -e "$DPKG_ROOT/slow-download" ]; then echo >"$DPKG_ROOT/reached"; exec sleep 60; fi
    ;;
esac
exit "$(cat "$DPKG_ROOT/status" 2>/dev/null || echo 0)"
"""


def _hears_signals() -> None:
    """A run in the background ignores some, and would hand that on to a shell, which cannot trap them then."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Debian:
    def __init__(self, folder: Path, path: str) -> None:
        self.root = folder
        self.wants = folder / "etc/systemd/system/multi-user.target.wants"
        for directory in (
            self.wants,
            *(folder / d for d in ("etc/rc2.d", "etc/init.d", "usr/sbin")),
        ):
            directory.mkdir(parents=True)
        (self.wants / "ssh.service").symlink_to("/usr/lib/systemd/system/ssh.service")
        (folder / "etc/rc2.d/S01ssh").symlink_to("../init.d/ssh")
        self.environment = {"PATH": path, "DPKG_ROOT": str(folder)}
        self.policy = folder / "usr/sbin/policy-rc.d"

    def start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["bash", ROOT / "provisioning/steps/install-debian.sh", "mosquitto"],
            env=self.environment, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=_hears_signals,
        )  # fmt: skip

    def install(self) -> int:
        with self.start() as process:
            process.communicate(timeout=30)
        return process.returncode

    def pause_at(self, phase: str) -> None:
        (self.root / f"slow-{phase}").touch()
        os.mkfifo(self.root / "reached")
        os.mkfifo(self.root / "go")

    def wait_until_reached(self) -> None:
        reached = threading.Thread(target=(self.root / "reached").read_text, daemon=True)
        reached.start()
        reached.join(30)
        assert not reached.is_alive(), "the installation did not come that far"

    def enabled(self) -> list[str]:
        links = [*self.wants.iterdir(), *(self.root / "etc/rc2.d").iterdir()]
        return sorted(link.name for link in links)

    @property
    def heard(self) -> list[str]:
        path = self.root / "heard"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def debian(tmp_path, machine):
    machine.has("apt-get", APT_GET)
    machine.has("apt-cache", "echo '  Candidate: 1.0'")
    machine.has("dpkg", "exit 0")
    machine.has(
        "update-rc.d",
        'if [ "$2" = disable ]; then mv "$DPKG_ROOT/etc/rc2.d/S01$1" "$DPKG_ROOT/etc/rc2.d/K01$1"; fi',
    )
    return Debian(tmp_path / "debian", machine.path)


def test_a_package_may_not_start_its_service_and_what_it_enabled_is_disabled_again(debian):
    status = debian.install()

    assert status == 0
    assert debian.heard == ["policy 101", "installed"]
    assert debian.enabled() == ["K01mosquitto", "S01ssh", "ssh.service"]
    assert not debian.policy.exists()


def test_a_service_that_was_enabled_before_stays_enabled(debian):
    (debian.wants / "mosquitto.service").symlink_to("/usr/lib/systemd/system/mosquitto.service")

    debian.install()

    assert "mosquitto.service" in debian.enabled()


def test_a_service_that_somebody_forbade_stays_forbidden(debian):
    forbidden = debian.root / "etc/systemd/system/mosquitto.service"
    forbidden.symlink_to("/dev/null")

    debian.install()

    assert forbidden.readlink() == Path("/dev/null")


def test_a_policy_that_was_there_before_is_put_back_as_it_was(debian):
    debian.policy.write_text("#!/bin/sh\nexit 104\n")
    debian.policy.chmod(0o750)

    debian.install()

    assert debian.heard == ["policy 101", "installed"]
    assert debian.policy.read_text() == "#!/bin/sh\nexit 104\n"
    assert debian.policy.stat().st_mode & 0o777 == 0o750


def test_a_policy_that_is_a_link_is_put_back_as_a_link(debian):
    debian.policy.symlink_to("/etc/alternatives/policy-rc.d")

    debian.install()

    assert debian.policy.readlink() == Path("/etc/alternatives/policy-rc.d")


def test_after_a_failed_installation_everything_is_as_before_and_the_failure_is_told(debian):
    (debian.root / "status").write_text("100")

    status = debian.install()

    assert status != 0
    assert not debian.policy.exists()
    assert not (debian.root / "var/lib/venue-kiosk-setup").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_download_at_once_and_leaves_no_policy(debian, number):
    debian.pause_at("download")
    with debian.start() as process:
        debian.wait_until_reached()
        assert debian.policy.exists()

        os.killpg(process.pid, number)
        process.communicate(timeout=20)

    assert process.returncode == 130
    assert not debian.policy.exists()
    assert debian.heard == []


def test_a_signal_lets_an_unpacking_come_to_its_end_and_then_puts_things_in_order(debian):
    debian.pause_at("install")
    with debian.start() as process:
        debian.wait_until_reached()

        os.killpg(process.pid, signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        assert debian.policy.exists(), "nothing may start while packages are unpacked"
        (debian.root / "go").write_text("\n")
        process.communicate(timeout=20)

    assert process.returncode == 130
    assert debian.heard == ["policy 101", "installed"]
    assert not debian.policy.exists()
    assert debian.enabled() == ["K01mosquitto", "S01ssh", "ssh.service"]


def test_after_a_power_cut_the_next_run_compares_with_the_state_before_the_first(debian):
    debian.policy.write_text("#!/bin/sh\nexit 0\n")
    debian.pause_at("install")
    with debian.start() as process:
        debian.wait_until_reached()
        process.kill()
        (debian.root / "go").write_text("\n")
    assert "S01mosquitto" in debian.enabled()
    (debian.root / "slow-install").unlink()

    status = debian.install()

    assert status == 0
    assert debian.enabled() == ["K01mosquitto", "S01ssh", "ssh.service"]
    assert debian.policy.read_text() == "#!/bin/sh\nexit 0\n"
