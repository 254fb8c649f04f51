"""A stand-in checkout in which setup.sh may be called, and stand-ins for the tools of a machine."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Setup = Callable[..., "subprocess.CompletedProcess[str]"]


class Machine:
    """A PATH whose first folder holds stand-ins; with `only`, the rest holds the named real tools alone."""

    def __init__(self, folder: Path) -> None:
        self.stand_ins = folder / "stand-ins"
        self.stand_ins.mkdir(parents=True)
        self.rest = f"{os.environ['PATH']}:/usr/sbin:/sbin"

    def has(self, tool: str, script: str) -> None:
        path = self.stand_ins / tool
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def lacks(self, *tools: str) -> None:
        """Everything of the system's, except these."""
        folder = self.stand_ins.parent / "tools"
        folder.mkdir()
        for directory in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
            for tool in Path(directory).iterdir():
                if tool.name not in tools and not (folder / tool.name).is_symlink():
                    (folder / tool.name).symlink_to(tool)
        self.rest = str(folder)

    @property
    def path(self) -> str:
        return f"{self.stand_ins}:{self.rest}"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What setup.sh reads of a checkout, and nothing installed in it."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("provisioning", "requirements"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def setup(checkout: Path, machine: Machine) -> Iterator[Setup]:
    """Call setup.sh in the stand-in checkout, on the stand-in machine; `before` comes before the command."""

    def call(
        *arguments: str, before: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*before, "bash", "provisioning/setup.sh", *arguments],
            cwd=checkout,
            env={"PATH": machine.path, "HOME": str(checkout), "LC_ALL": "C.UTF-8", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    yield call
    assert not (checkout / ".venv").exists(), "a refused call must not install anything"
