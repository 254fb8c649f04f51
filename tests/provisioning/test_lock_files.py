import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["runtime.txt", "dev.txt"]


def text(name):
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def entries(name):
    """A lock's requirements, each with the options that follow it."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", text(name), flags=re.M))
    return [line.split("--", 1) for line in joined.splitlines() if line.strip()]


def pins(name):
    pinned = {}
    for requirement, _ in entries(name):
        parsed = Requirement(requirement.strip())
        pinned.setdefault(parsed.name, set()).update(s.version for s in parsed.specifier)
    return pinned


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_registry(name):
    assert "://" not in text(name)
    assert not re.search(r"--(index|extra-index|find-links|trusted-host|no-index)", body(name))


def body(name):
    return "\n".join(line for line in text(name).splitlines() if not line.startswith("#"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_one_version_with_its_hashes(name):
    assert len(entries(name)) > 20
    for requirement, *options in entries(name):
        assert re.fullmatch(r"[a-z0-9-]+==[^ ;]+( ;.*)? *", requirement), requirement
        assert options, f"no hash: {requirement}"
        assert re.fullmatch(r"(hash=sha256:[0-9a-f]{64}( --)?)+", options[0]), requirement


@pytest.mark.parametrize(
    ("name", "groups"), [("runtime.txt", ["build"]), ("dev.txt", ["build", "dev"])]
)
def test_a_lock_holds_what_the_project_asks_for(name, groups):
    wanted = list(project()["project"]["dependencies"])
    for group in groups:
        wanted += project()["dependency-groups"][group]

    for line in wanted:
        requirement = Requirement(line)
        assert requirement.name in pins(name), f"{line}: compile the lock again (CONTRIBUTING.md)"
        assert all(requirement.specifier.contains(v) for v in pins(name)[requirement.name]), line


def test_the_tests_run_with_the_very_versions_that_the_device_has():
    developers = pins("dev.txt")

    for package, versions in pins("runtime.txt").items():
        assert developers[package] == versions, package


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_was_made_by_the_command_in_contributing(name):
    command = text(name).splitlines()[1].lstrip("# ")

    assert command.startswith("uv pip compile ")
    assert f"\n    {command}\n" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8") + "\n"
