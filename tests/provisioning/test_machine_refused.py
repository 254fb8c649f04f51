import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

# `dpkg-query -W -f FORMAT NAME` on a machine where nothing of ours is installed
NOTHING_INSTALLED = "exit 1"


def refused(said, status, line):
    assert said.returncode == status, said.stdout + said.stderr
    assert line in said.stderr
    assert said.stderr.startswith("setup.sh: ")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["try", "test"])
def test_a_32_bit_kernel_is_refused(setup, machine, command):
    machine.has("uname", "echo armv7l")

    refused(setup(command, *headless(command)), 3, "armv7l")


def test_32_bit_programs_under_a_64_bit_kernel_are_refused(setup, machine):
    machine.has("uname", "echo aarch64")
    machine.has("getconf", "echo 32")

    refused(setup("test"), 3, "aarch64 with 32-bit programs: a 64-bit system")


def test_a_system_without_apt_is_refused(setup, machine):
    machine.lacks("apt-get")

    refused(setup("test"), 3, "no apt-get here: Debian 12 or 13")


def test_a_full_disk_is_refused_with_what_is_free_and_what_is_needed(setup, machine):
    machine.has("df", "printf 'Avail Mounted\\n%s /\\n' 204800")

    said = setup("try", "--headless")

    refused(said, 3, "no space: / has 200 MB free and ")
    assert "MB are needed" in said.stderr


def test_a_python_that_is_too_old_is_refused_when_debian_has_no_newer_one(setup, machine):
    machine.lacks("python3")
    machine.has("python3", 'if [ "$1" = -V ]; then echo Python 3.9.2; else exit 1; fi')
    machine.has("dpkg-query", 'case "$*" in *Version*) echo 3.9.2-3;; *) echo installed;; esac')

    refused(setup("test"), 3, "Python too old: ")


def test_a_newer_python_further_down_the_path_is_taken_instead(setup, machine):
    machine.has("python3", 'if [ "$1" = -V ]; then echo Python 3.9.2; else exit 1; fi')
    machine.has("df", "printf 'Avail Mounted\\n%s /\\n' 0")

    refused(setup("test"), 3, "no space")


@pytest.mark.skipif(
    subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0,
    reason="needs root (or namespaces) for a machine without a network",
)
def test_a_machine_without_a_network_is_told_so_when_something_has_to_be_downloaded(setup):
    said = setup("try", "--headless", before=("unshare", "--net"))

    refused(said, 4, "no network: connect this machine")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody who is not")
def test_missing_packages_without_root_and_without_sudo_are_refused(machine, checkout):
    machine.lacks("sudo")
    machine.has("dpkg-query", NOTHING_INSTALLED)
    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        ours = shutil.copytree(checkout, Path(open_to_all) / "checkout")
        tools = shutil.copytree(machine.stand_ins.parent, Path(open_to_all) / "m", symlinks=True)
        for path in (ours, *ours.rglob("*")):
            os.chown(path, 65534, 65534)

        said = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
             "bash", "provisioning/setup.sh", "try", "--headless"],
            cwd=ours, env={"PATH": f"{tools / 'stand-ins'}:{tools / 'tools'}"},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    refused(said, 3, "neither root nor a user with sudo")


def headless(command):
    return ("--headless",) if command == "try" else ()
