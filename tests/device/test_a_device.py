"""From a bare Debian to a door that works, is broken in every way we know, and is taken away again.

The tests of this file build on each other, as the days of a device do: when installing fails, the rest is skipped.
"""

import contextlib
import json
import os
import re
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.booted_tree import wait_for
from kiosk.simulation.screen import Screen

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

UNITS = ("kiosk", "kiosk-eye", "kiosk-uplink", "kiosk-display")
WATCHDOG_S, GRACE_S = 20, 5
KILLS = int(os.environ.get("DEVICE_KILLS", "20"))
HIGHEST = {"kiosk": 15, "kiosk-eye": 15, "kiosk-uplink": 12, "kiosk-display": 30}
# written by machines that live, or by Debian's own tools: nothing of ours
ALIVE = re.compile(
    r"^(/etc/(passwd|group|shadow|gshadow|subuid|subgid)-$|/etc/\.pwd\.lock|/etc/\.updated|/etc/machine-id"
    r"|/var/(log|cache|tmp)|/var/lib/(apt|systemd|dpkg|dbus|private)|/var/\.updated|/root/(\.cache|venue-kiosk|given)|/etc/ld\.so"
    r"|/var/lib/(ucf|fontconfig)|/etc/resolv\.conf)"
)
_BUT = "-path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp"
_LISTING = f"""
find / -xdev \\( {_BUT} \\) -prune -o -printf '%p %m %u %g %y %l\\n' | sort
find / -xdev \\( {_BUT} \\) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum |
  sed -E 's/^([0-9a-f]+)  (.*)/\\2 \\1/'
"""


def listing(tree):
    lines = tree.run(_LISTING).stdout.splitlines()
    return [line for line in lines if line.startswith("/") and not ALIVE.match(line)]


def up(tree, unit):
    return tree.show(unit, "ActiveState") == "active"


def test_a_dry_run_says_what_it_would_do_and_touches_nothing(tree):
    before = tree.run(_LISTING).stdout

    said = tree.setup("install --dry-run")

    assert said.returncode == 0, said.stderr
    assert re.search(r"Setup: \d+ changes would be made", said.stdout)
    assert tree.run(_LISTING).stdout == before


def test_one_command_makes_a_bare_machine_a_kiosk(tree, installed):
    said, took_s = installed
    print(f"\n{said.stdout}{took_s:.0f} s in all")

    assert "changes." in said.stdout
    for unit in ("kiosk-firstboot", "kiosk-eye"):
        wait_for(lambda unit=unit: up(tree, unit), 30)


def test_a_second_run_changes_nothing_and_is_quick(tree, installed):
    began_s = time.monotonic()

    said = tree.setup("install")

    assert "Setup: 0 changes." in said.stdout
    assert time.monotonic() - began_s <= 10


def test_the_log_holds_no_secret_and_is_for_root_alone(tree, installed):
    log = tree.folder / "var/log/kiosk-setup.log"

    assert log.stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in log.read_text(errors="replace")


def test_the_targets_own_systemd_finds_no_fault_in_the_units(tree, installed):
    said = tree.run(
        "cd /etc/systemd/system && systemd-analyze verify --recursive-errors=yes kiosk*.*"
    )

    assert said.returncode == 0
    assert not said.stdout + said.stderr


@pytest.mark.parametrize("unit", HIGHEST)
def test_the_targets_own_systemd_scores_the_units_as_shut_in(tree, suite, installed, unit):
    highest = HIGHEST[unit] + (2 if suite == "bookworm" else 0)

    said = tree.run(f"systemd-analyze security --threshold={highest} {unit}.service")

    print(said.stdout.splitlines()[-1])
    assert said.returncode == 0


def test_memory_is_never_written_to_the_card(tree, installed):
    assert "volatile" in tree.run("systemd-analyze cat-config systemd/journald.conf").stdout
    assert tree.run("systemctl is-enabled swap.target").stdout.strip() == "masked"
    assert tree.show("kiosk", "LimitCORE") == "0"


def test_a_visit_gets_its_receipt(tree, door):
    wait_for(lambda: up(tree, "kiosk-uplink"), 60)

    tally = door.one_declares()

    assert not tally.unexpected
    assert tally.shown == {"missing": 1, "accepted": 1}
    wait_for(lambda: door.received() == 2, 60, 1)
    counted = "setpriv --reuid kiosk --regid kiosk --init-groups kiosk outbox --json"
    wait_for(lambda: json.loads(tree.run(counted).stdout)["waiting"] == 0, 60, 1)


@pytest.mark.parametrize("unit", ["kiosk-eye", "kiosk-uplink"])
def test_what_hangs_is_noticed_and_started_again(tree, door, unit):
    wait_for(lambda: up(tree, unit), 60)
    before = tree.host_pid(unit)
    began_s = time.monotonic()
    os.kill(before, 19)

    def again():
        with contextlib.suppress(ProcessLookupError):  # it may end while it is looked for
            return up(tree, unit) and tree.host_pid(unit) != before
        return False

    wait_for(again, WATCHDOG_S + GRACE_S + 10)
    took_s = time.monotonic() - began_s
    print(f"{unit} works again after {took_s:.1f} s")
    assert took_s <= WATCHDOG_S + GRACE_S


def test_after_it_hung_the_door_works_and_loses_nothing(tree, door):
    with Screen(door.site.ports.screen) as screen:
        assert screen.wait(lambda shown: shown["screen"] in ("idle", "reading"), -1, 30)
    before = door.received()

    door.one_declares()

    wait_for(lambda: door.received() > before, 60, 1)


def in_sandbox(tree, unit, command):
    """Run a command as this unit would, in its own namespaces and with its own rights."""
    pid = tree.show(unit, "MainPID")
    user = tree.show(unit, "User")
    group = tree.show(unit, "Group")
    return tree.run(
        f"nsenter -t {pid} -m -n -- setpriv --reuid {user} --regid {group} --init-groups "
        f"sh -c '{command}'"
    )


def test_the_eye_reaches_neither_network_nor_outbox_nor_key(tree, door):
    port = door.site.ports.screen
    probe = f'import socket; socket.create_connection((\\"127.0.0.1\\", {port}), 2)'
    # what is refused here must be possible without the sandbox, or nothing is proved
    assert tree.run(f'python3 -c "{probe}"').returncode == 0
    assert (
        tree.run(
            "setpriv --reuid kiosk-uplink --regid kiosk --init-groups test -r /var/lib/kiosk/tls/kiosk.key"
        ).returncode
        == 0
    )

    assert in_sandbox(tree, "kiosk-eye", f'python3 -c "{probe}"').returncode != 0
    assert in_sandbox(tree, "kiosk-eye", "ls /var/lib/kiosk").returncode != 0
    assert in_sandbox(tree, "kiosk-eye", "cat /run/kiosk/people.db").returncode != 0
    assert in_sandbox(tree, "kiosk-eye", "test -w /run/kiosk/loop.sock").returncode == 0


def test_the_key_is_read_by_the_uplink_alone(tree, door):
    for user in ("kiosk", "kiosk-eye", "kiosk-display", "nobody"):
        said = tree.run(
            f"setpriv --reuid {user} --regid {user if user != 'nobody' else 'nogroup'} --init-groups "
            "cat /var/lib/kiosk/tls/kiosk.key"
        )
        assert said.returncode != 0, user
        assert not said.stdout


@pytest.fixture(scope="module")
def panel(tree, door):
    if tree.run("command -v grim").returncode != 0:
        said = tree.run(
            "DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends grim"
        )
        assert said.returncode == 0, said.stderr
    wait_for(lambda: up(tree, "kiosk-display"), 60)
    return tree


def picture(tree):
    folder = "/run/kiosk-display"
    tree.run(
        f"cd {folder} && XDG_RUNTIME_DIR={folder} WAYLAND_DISPLAY=$(ls | grep -m1 -x 'wayland-[0-9]') "
        f"setpriv --reuid kiosk-display --regid kiosk-display --init-groups grim {folder}/panel.png"
    )
    return cv2.imread(str(tree.inner("run/kiosk-display/panel.png")))


def test_the_idle_page_stands_on_the_whole_panel(panel, room, suite):
    def seen():
        shown = picture(panel)
        if shown is None:
            return False
        edges = np.concatenate([shown[0], shown[-1], shown[:, 0], shown[:, -1]]).astype(int)
        plain = np.abs(edges - edges[0]).max() <= 3
        colours = len(np.unique(shown.reshape(-1, 3), axis=0))
        # a page has letters; a blank panel has one colour, and none of a page is black at its edges
        return bool(plain and colours > 50 and edges[0].sum() > 60)

    took_s = wait_for(seen, 60, 1)
    kept = os.environ.get("DEVICE_SCREENSHOTS")
    if kept:
        cv2.imwrite(str(Path(kept) / f"device-{suite}.png"), picture(panel))
    print(f"seen {took_s:.1f} s after the display was up")


def test_the_browser_runs_in_its_own_sandbox(panel):
    def renderers():
        return panel.run("grep -lsa -- --type=renderer /proc/[0-9]*/cmdline").stdout.split()

    wait_for(lambda: bool(renderers()), 30, 1)
    status = panel.run(f"cat {renderers()[0].replace('cmdline', 'status')}").stdout

    assert re.search(r"^Seccomp:\s+2$", status, re.M)
    # its own process ids inside the tree's: the tree sees at least two of them
    assert len(re.search(r"^NSpid:(.*)$", status, re.M)[1].split()) >= 2


def test_after_the_power_was_cut_it_boots_and_accepts(tree, door):
    tree.cut_power()
    tree.boot()
    wait_for(lambda: up(tree, "kiosk") and up(tree, "kiosk-eye"), 60)
    before = door.received()

    tally = door.one_declares()

    assert tally.shown["accepted"] + tally.shown["already_recorded"] >= 1
    wait_for(lambda: door.received() > before, 90, 1)


def test_a_root_that_lies_in_ram_is_refused(tree, door):
    said = tree.run(
        "mkdir -p /tmp/in-ram && mount -t tmpfs tmpfs /var/lib/kiosk && "
        "/root/venue-kiosk/provisioning/setup.sh install; status=$?; umount -l /var/lib/kiosk; exit $status"
    )

    assert said.returncode == 3
    assert "lies in RAM" in said.stderr


def test_a_reset_is_refused_while_something_waits_and_says_how_many(tree, door):
    tree.run("systemctl stop kiosk-uplink")
    door.one_declares()

    said = tree.setup("factory-reset")

    assert said.returncode == 1
    waiting = re.search(r"(\d+) events wait for a receipt", said.stderr)
    assert waiting
    assert int(waiting[1]) >= 1
    assert (tree.folder / "var/lib/kiosk/tls/kiosk.key").exists()
    tree.run("systemctl start kiosk-uplink")
    counted = "setpriv --reuid kiosk --regid kiosk --init-groups kiosk outbox --json"
    wait_for(lambda: json.loads(tree.run(counted).stdout)["waiting"] == 0, 60, 1)


def test_a_factory_reset_leaves_no_key_anywhere_in_the_tree(tree, door):
    key = (tree.folder / "var/lib/kiosk/tls/kiosk.key").read_text()
    secret = key.splitlines()[1]
    tree.run("rm -r /root/given")
    assert holds(tree, secret)  # the search finds it while it is there

    said = tree.setup("factory-reset")

    assert said.returncode == 0, said.stderr
    assert not holds(tree, secret)
    assert not list((tree.folder / "var/lib/kiosk").rglob("*.key"))
    assert tree.run("test ! -e /var/lib/kiosk/tls/kiosk.pem").returncode == 0
    wait_for(lambda: up(tree, "kiosk-firstboot"), 30)


def holds(tree, secret):
    found = subprocess.run(
        ["grep", "-rlaF", "--", secret, "var", "etc", "root", "opt/kiosk", "tmp", "home"],
        cwd=tree.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.split()


def test_uninstalling_leaves_the_tree_as_it_was(tree, door):
    (tree.folder / "etc/systemd/system/kiosk-display.service.d/headless.conf").unlink()
    (tree.folder / "etc/systemd/system/kiosk-display.service.d").rmdir()
    said = tree.setup("uninstall")
    assert said.returncode == 0, said.stderr
    bare = listing(tree)

    assert not [line for line in bare if "kiosk" in line]
    assert "kiosk" not in tree.run("getent passwd; getent group").stdout
    assert tree.setup("install").returncode == 0
    assert tree.setup("uninstall").returncode == 0
    again = listing(tree)
    assert sorted(set(bare) ^ set(again)) == []


_CUT = """
case $0 in */setup.sh)
  set -T; cut_n=0
  trap '((++cut_n == CUT_AT)) && { : >/run/cut-now; sleep 60; }; echo $cut_n >/run/cut-count' DEBUG ;;
esac
"""


def test_cut_off_anywhere_it_is_simply_run_again(tree, door):
    """The power is cut before the Nth command of the script, for many N; nothing but another run is needed."""
    (tree.folder / "root/cut.sh").write_text(_CUT)
    call = "cd /root/venue-kiosk && CUT_AT={} BASH_ENV=/root/cut.sh ./provisioning/setup.sh install"
    assert tree.run(call.format(0)).returncode == 0
    commands = int(tree.inner("run/cut-count").read_text())
    assert tree.setup("uninstall").returncode == 0
    cuts = 0
    for number in range(KILLS):
        at = 1 + (commands - 1) * number // max(KILLS - 1, 1)
        cut = tree.inner("run/cut-now")
        running = subprocess.Popen(
            tree.entering(call.format(at)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(lambda running=running, cut=cut: running.poll() is not None or cut.exists(), 600)
        if cut.exists():
            cuts += 1
            tree.cut_power()
            running.wait(30)
            tree.boot()
        else:
            assert running.returncode == 0
            assert tree.setup("uninstall").returncode == 0
    print(f"cut off {cuts} times among {commands} commands")
    assert cuts >= KILLS // 3

    assert tree.setup("install").returncode == 0
    assert "Setup: 0 changes." in tree.setup("install").stdout
    wait_for(lambda: up(tree, "kiosk-firstboot") and up(tree, "kiosk-eye"), 30)
    left = [line for line in listing(tree) if line.split()[0].endswith(".new")]
    assert left == []
