"""The small virtual machine is made from nothing and runs the tests that need input devices of a kernel's own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "provisioning" / "virtual-machine.sh"


def called(*arguments: object, limit_s: float = 60) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [SCRIPT, *map(str, arguments)], capture_output=True, text=True, timeout=limit_s
    )


def test_it_says_how_it_is_called() -> None:
    helped, wrong, unknown = called("--help"), called(), called("folder", "--tset")

    assert helped.returncode == 0
    assert "--test" in helped.stdout
    assert wrong.returncode == unknown.returncode == 2
    assert "--help" in unknown.stderr


def skip_without(*needed: tuple[str, str]) -> None:
    for tool, package in needed:
        if shutil.which(tool) is None:
            pytest.skip(f"needs Debian's {package}")
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("needs the project's virtual environment, whose pytest goes into the machine")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_lamps_buzzer_and_door_are_proved_on_a_real_gpio_chip(tmp_path: Path) -> None:
    skip_without(
        ("qemu-system-aarch64", "qemu-system-arm"),
        ("fdtput", "device-tree-compiler"),
        ("cpio", "cpio"),
    )

    said = called(tmp_path, "--gpio", "--test", limit_s=880)
    if "cannot be downloaded" in said.stderr or "apt knows no" in said.stderr:
        pytest.skip(said.stderr.strip())

    assert said.returncode == 0, said.stdout + said.stderr
    assert "8 passed" in said.stdout
    assert "skipped" not in said.stdout


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_held_keyboard_reader_is_proved_on_a_real_event_device(tmp_path: Path) -> None:
    skip_without(("qemu-system-x86_64", "qemu-system-x86"), ("cpio", "cpio"))
    folder = os.environ.get("VIRTUAL_MACHINE", tmp_path)  # one that was made before saves a minute

    said = called(folder, "--test", limit_s=580)
    if "cannot be downloaded" in said.stderr or "apt knows no" in said.stderr:
        pytest.skip(said.stderr.strip())

    assert said.returncode == 0, said.stdout + said.stderr
    assert "passed" in said.stdout
    assert "skipped" not in said.stdout
