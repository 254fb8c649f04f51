"""Nothing secret is in the repository, and nothing with a known hole is shipped."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# the shapes by which their makers let them be found; the first is RFC 7468's
SECRET = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}"
    rb"|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[0-9]{10}|pypi-AgE[A-Za-z0-9_-]{50}"
)


def files() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [path for name in listed.stdout.decode().split("\0") if (path := ROOT / name).is_file()]


def test_no_file_holds_a_secret() -> None:
    assert [path for path in files() if SECRET.search(path.read_bytes())] == []


def test_the_scan_finds_what_it_is_for() -> None:
    key = "-----BEGIN " + "PRIVATE KEY-----\n" + "M" * 64

    assert SECRET.search(key.encode())


@pytest.mark.long
def test_no_package_that_we_ship_has_a_known_hole() -> None:
    asked = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "-r", ROOT / "requirements" / "runtime.txt"),
            *("--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not asked.stdout:
        pytest.skip(f"the list of known holes cannot be asked: {asked.stderr.strip()[-200:]}")
    packages = json.loads(asked.stdout)["dependencies"]
    known = [each for each in packages if "vulns" in each]
    if not known:
        pytest.skip("the list of known holes cannot be reached from here: ask where it can be")

    assert {each["name"]: each["vulns"] for each in known if each["vulns"]} == {}
    assert len(known) == len(packages)
