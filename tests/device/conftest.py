"""Whole machines: see `setup.sh test --device`. One after the other for each suite, in the order of the file."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from bench.booted_tree import SUITES, machine, missing
from bench.door_in_tree import door as door_of

TREES = Path(os.environ.get("DEVICE_TREES", "/var/tmp/bare-trees"))
CHOSEN = os.environ.get("DEVICE_SUITES", " ".join(SUITES)).split()


@pytest.fixture(scope="session", params=SUITES)
def suite(request):
    if request.param not in CHOSEN:
        pytest.skip(f"{request.param} was not asked for")
    if why := missing(TREES, request.param):
        pytest.skip(why)
    return request.param


@pytest.fixture(scope="session")
def room(suite):
    folder = Path(tempfile.mkdtemp(prefix=f"device-{suite}-", dir="/var/tmp"))
    yield folder
    if "DEVICE_KEEP" not in os.environ:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def tree(suite, room):
    with machine(room / "tree", TREES / f"{suite}.tar", keep="DEVICE_KEEP" in os.environ) as tree:
        yield tree


@pytest.fixture(scope="session")
def installed(tree):
    """The first installation, from a bare tree."""
    began_s = time.monotonic()
    said = tree.setup("install")
    if said.returncode != 0:
        pytest.skip(f"installing failed, so nothing else can be tried: {said.stderr}")
    return said, time.monotonic() - began_s


@pytest.fixture(scope="session")
def door(tree, installed, room):
    # the panel has no output here but the one that sway draws in memory
    folder = tree.folder / "etc/systemd/system/kiosk-display.service.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "headless.conf").write_text(
        "[Service]\nEnvironment=WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1\n"
    )
    with door_of(tree, room / "site") as door:
        said = tree.setup(f"install {door.give_identity()}")
        assert said.returncode == 0, said.stderr
        tree.run("systemctl daemon-reload; systemctl restart kiosk-display")
        yield door
