"""One real browser for all tests of a worker: Playwright starts once in a process, and no more."""

import shutil

import hypothesis
import pytest

# how long one example takes says nothing on a machine that does other things as well
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

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
