"""One real browser for all tests of a worker: Playwright starts once in a process, and no more. Files that take
longest come first, so that no worker is left with one of them at the end."""

import shutil
from pathlib import Path

import hypothesis
import pytest

# how long one example takes says nothing on a machine that does other things as well
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

TESTS = Path(__file__).parent
LONGEST_FIRST = [TESTS / "line", TESTS / "browser", TESTS / "collector" / "portal"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: _rank(item.path))


def _rank(path):
    places = (place for place, folder in enumerate(LONGEST_FIRST) if path.is_relative_to(folder))
    return next(places, len(LONGEST_FIRST))


CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",  # only because tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, driven by Playwright."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: ./provisioning/setup.sh test installs it")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
