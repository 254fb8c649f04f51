import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kiosk", "hardware", "collector")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in the wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def checked_in():
    """Files of the three packages; without git (a copy of the tree), those on the disk."""
    try:
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", *PACKAGES],
            cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
        ).stdout.splitlines()  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        found = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
        listed = [str(path.relative_to(ROOT)) for path in found if path.is_file()]
    return {name for name in listed if "__pycache__" not in name and (ROOT / name).exists()}


def test_the_wheel_holds_every_file_of_the_packages_code_and_data(wheel):
    files = checked_in()

    assert any(name.endswith(".json") for name in files), "there is data to be looked for"
    assert files - wheel == set()


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_nothing_can_be_uploaded_by_mistake_and_the_licence_is_named():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert "Private :: Do Not Upload" in project["classifiers"]
    assert project["license"] == "Apache-2.0"
    assert project["scripts"] == {"kiosk": "kiosk.cli:main", "collector": "collector.cli:main"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_that_is_imported_is_ours(package):
    said = subprocess.run(
        [sys.executable, "-c", f"import {package}; print({package}.__file__)"],
        cwd="/", check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip

    assert Path(said.strip()).is_relative_to(ROOT)


# Run in a process of its own: refuses modules of packages that only developers have.
IMPORT_ALL = """
import importlib, pkgutil, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in REFUSED:
            raise ImportError(f'{name} is a package that only developers have')
sys.meta_path.insert(0, Refuse())
for package in ('kiosk', 'hardware', 'collector'):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + '.'):
        if not module.name.endswith('__main__'):
            importlib.import_module(module.name)
"""


def test_the_product_imports_with_the_packages_of_the_runtime_lock_alone():
    lock = (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")
    runtime = {*re.findall(r"^([a-z0-9-]+)==", lock, flags=re.M), "venue-kiosk"}
    refused = sorted(
        module
        for module, owners in metadata.packages_distributions().items()
        if not {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners} & runtime
    )
    assert "pytest" in refused

    said = subprocess.run(
        [sys.executable, "-c", f"REFUSED = set({refused!r})\n{IMPORT_ALL}"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert said.returncode == 0, said.stderr
