"""Whole machines: see `setup.sh test --device`. One after the other for each suite, in the order of the file."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from bench.booted_tree import SUITES, machine, missing

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
