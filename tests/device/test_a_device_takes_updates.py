"""A booted machine takes a release that was made in it, fetched from a real collector; and goes back from a bad one."""

import re
import time
from datetime import UTC, datetime

import pytest

from bench.booted_tree import wait_for
from collector import authority, releases

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

# the look of 120 s, packages, and a busy machine
WITHIN_S = 420


@pytest.fixture(scope="module")
def joined(tree, door):
    said = tree.setup(f"install {door.give_identity()}")
    assert said.returncode == 0, said.stderr
    wait_for(lambda: up(tree, "kiosk") and up(tree, "kiosk-uplink"), 60)
    return door


def up(tree, unit):
    return tree.show(unit, "ActiveState") == "active"


def running(tree):
    return tree.run("basename $(readlink /opt/kiosk/current)").stdout.strip()


def build(tree, version, edit="true"):
    """A tar of the checkout with another version, and with what the line `edit` does to it."""
    said = tree.run(
        "rm -rf /root/next && cp -r /root/venue-kiosk /root/next && cd /root/next && "
        f"sed -i 's/^version = .*/version = \"{version}\"/' pyproject.toml && {edit} && "
        f"./provisioning/build-release --out /root/releases --venv /opt/kiosk/current",
        1800,
    )
    assert said.returncode == 0, said.stderr
    (tar,) = (word for word in said.stdout.split() if word.endswith(".tar"))
    return tree.folder / tar.lstrip("/")


def publish(door, tar):
    """To all kiosks, and no further until the document is on this one's disk."""
    root = door.site.root
    version = releases.publish(
        [tar],
        root / "collector/documents",
        authority.signing_key(root / "authority"),
        100,
        datetime.now(UTC),
    )
    held = door.tree.folder / "var/lib/kiosk/documents/update.json"
    wait_for(lambda: held.exists() and f'\\"version\\":{version}' in held.read_text(), 60, 1)


def take(tree):
    """What the timer does at night; how kiosk-update ended and what it said."""
    before = tree.show("kiosk-update", "InvocationID")
    said = tree.run("systemctl start kiosk-fetch.service && journalctl -b -u kiosk-fetch -o cat")
    assert said.returncode == 0, said.stdout
    began_s = time.monotonic()

    def has_ended():
        state = tree.show("kiosk-update", "ActiveState")
        invoked = tree.show("kiosk-update", "InvocationID")
        return state in ("inactive", "failed") and invoked != before

    wait_for(has_ended, WITHIN_S, 1)
    print(f"ended {time.monotonic() - began_s:.0f} s after the release was fetched")
    words = tree.run("journalctl -b -u kiosk-update -o cat").stdout
    return tree.show("kiosk-update", "Result"), words


def test_a_good_release_is_fetched_taken_and_lets_people_in(tree, joined):
    before = running(tree)
    publish(joined, build(tree, "0.1.1"))

    result, said = take(tree)

    assert result == "success", said
    assert re.fullmatch(r"0\.1\.1-[0-9a-f]{12}", running(tree))
    assert f"{running(tree)} runs and is well" in said
    kept = tree.run("ls /opt/kiosk/releases").stdout.split()
    assert sorted(kept) == sorted([before, running(tree)])
    received = joined.received()
    joined.one_declares()
    wait_for(lambda: joined.received() > received, 60, 1)


def test_a_release_that_cannot_start_is_taken_back(tree, joined):
    before = running(tree)
    publish(
        joined, build(tree, "0.1.2", "echo 'raise SystemExit(1)' >>kiosk/bootstrap/entrance.py")
    )

    result, said = take(tree)

    assert result == "exit-code"
    assert f"{before} runs again" in said
    assert running(tree) == before
    wait_for(lambda: up(tree, "kiosk"), 60)
    received = joined.received()
    joined.one_declares()
    wait_for(lambda: joined.received() > received, 60, 1)


def test_it_is_not_fetched_again(tree, joined):
    said = tree.run("systemctl start kiosk-fetch.service; journalctl -b -u kiosk-fetch -o cat")

    last = said.stdout.rpartition("Starting kiosk-fetch.service")[2]
    assert "nothing to fetch" in last.splitlines()
    assert not list((tree.folder / "var/lib/kiosk/updates").iterdir())


def test_the_power_cut_while_a_bad_release_is_on_trial_brings_the_old_one_back(tree, joined):
    before = running(tree)
    publish(
        joined, build(tree, "0.1.3", "echo 'raise SystemExit(1)' >>kiosk/bootstrap/entrance.py")
    )
    tree.run("systemctl start --no-block kiosk-fetch.service")
    wait_for(lambda: running(tree) != before, WITHIN_S, 0.5)

    tree.cut_power()
    assert running_on_disk(tree) != before
    tree.boot()

    wait_for(lambda: running(tree) == before, 240, 1)
    wait_for(lambda: up(tree, "kiosk"), 60)
    assert not (tree.folder / "opt/kiosk/trial").exists()


def running_on_disk(tree):
    return (tree.folder / "opt/kiosk/current").readlink().name
