import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UPDATING = [
    ROOT / "provisioning" / name for name in ("build-release", "kiosk-update", "lay-release")
]
SCRIPTS = [ROOT / ".ci/run", *UPDATING, *sorted((ROOT / "provisioning").rglob("*.sh"))]
CALLED = [path for path in SCRIPTS if path.read_text(encoding="utf-8").startswith("#!")]


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs Debian's shellcheck")
def test_shellcheck_finds_nothing():
    said = subprocess.run(
        ["shellcheck", "-x", *SCRIPTS], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("path", CALLED, ids=lambda path: path.name)
def test_a_script_that_is_called_is_executable_strict_and_does_nothing_when_half_downloaded(path):
    lines = path.read_text(encoding="utf-8").rstrip().splitlines()

    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in lines
    assert lines[-1] in ('main "$@"', "exec ./provisioning/setup.sh test")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_pipes_the_network_into_a_shell_or_names_a_host(path):
    text = path.read_text(encoding="utf-8")

    assert "curl" not in text.replace("python3 curl make sudo", "")
    assert "http" not in text.replace("Acquire::http", "")
