"""A bare Debian tree, booted with systemd as its first process, on a host that need not run systemd.

Needs root, systemd-nspawn (package systemd-container) and a tar made by debootstrap, as provisioning/fresh-machine.sh
makes it. How and why: the cgroup2 mount gives every host the same tree of control groups; without all capabilities
and the call bpf, filters of addresses and devices would do nothing, and a test of them would pass for nothing.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUITES = ("bookworm", "trixie")
_CHECKOUT = "root/venue-kiosk"
_BASE = ("systemd", "systemd-sysv", "dbus", "udev", "ca-certificates")
_ENVIRONMENT = (
    *("env", "-i", "HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8"),
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
)
_BOOT = """
umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /sys/fs/cgroup/tree-$$ && echo $$ > /sys/fs/cgroup/tree-$$/cgroup.procs
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec systemd-nspawn -q --register=no --keep-unit --link-journal=no \
  --console=read-only --resolv-conf=bind-host --capability=all --system-call-filter='bpf perf_event_open' -D "$1" -b
"""
_UP_WITHIN_S = 60.0


def missing(trees: Path, suite: str) -> str:
    """Why a tree of this suite cannot be booted here; empty when it can."""
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("systemd-nspawn", "nsenter", "unshare"):
        if shutil.which(tool) is None:
            return f"needs {tool} (systemd-container, util-linux)"
    if not (trees / f"{suite}.tar").exists():
        return (
            f"no {trees / suite}.tar: provisioning/fresh-machine.sh try makes it, or name --trees"
        )
    return ""


class Tree:
    """One machine. `folder` is its root; `boot` and `halt` may be called again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._first = 0

    def unpack(self, tar: Path) -> None:
        """As debootstrap left it, with the host's own certificates, and with systemd, which every Debian has."""
        self.folder.mkdir(parents=True)
        subprocess.run(
            ["tar", "-C", self.folder, "--strip-components=1", "-xf", tar], check=True, timeout=120
        )
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        for certificate in Path("/usr/local/share/ca-certificates").glob("*.crt"):
            shutil.copy(certificate, self.folder / "usr/local/share/ca-certificates")
        packages = " ".join(_BASE)
        self.before_boot(
            "update-ca-certificates && apt-get -q update && DEBIAN_FRONTEND=noninteractive "
            f"apt-get -qy install --no-install-recommends {packages}"
        )

    def before_boot(self, command: str) -> None:
        """Run in the tree without booting it. Raise CalledProcessError."""
        proc = f"--mount-proc={self.folder / 'proc'}"
        subprocess.run(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child", proc),
                *("chroot", self.folder, *_ENVIRONMENT, "bash", "-c", command),
            ],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=900,
        )

    def take_checkout(self) -> None:
        """What is committed, and the rooms of the installation as they lie here."""
        target = self.folder / _CHECKOUT
        target.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(
            ["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True, timeout=60
        )
        subprocess.run(["tar", "-x", "-C", target], input=archive.stdout, check=True, timeout=60)
        for room in ("provisioning", "systemd"):
            shutil.copytree(ROOT / room, target / room, dirs_exist_ok=True)

    def boot(self) -> None:
        """Raise TimeoutError when systemd does not come up."""
        self._nspawn = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                "-c",
                _BOOT,
                "_",
                self.folder,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(lambda: self._found() and self.run("true").returncode == 0, _UP_WITHIN_S)
        wait_for(lambda: (self.inner("run/systemd/private")).exists(), _UP_WITHIN_S)
        self.run("systemctl is-system-running --wait")

    def halt(self) -> None:
        if self._nspawn is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.run("systemctl poweroff")
            self._nspawn.wait(30)
        if self._nspawn.poll() is None:
            self._nspawn.terminate()
            self._nspawn.wait(30)
        self._nspawn = None

    def cut_power(self) -> None:
        """Every process of the tree is gone at once."""
        if self._nspawn is not None:
            os.kill(self._first, 9)
            self._nspawn.wait(30)
            self._nspawn = None

    def inner(self, path: str) -> Path:
        """A path of the running tree, its RAM included, as this host reaches it."""
        return Path(f"/proc/{self._first}/root") / path

    def entering(self, command: str) -> list[str]:
        """How a command is run as root in the booted tree."""
        namespaces = ("nsenter", "-t", str(self._first), "-m", "-u", "-i", "-n", "-p", "-C", "--")
        return [*namespaces, *_ENVIRONMENT, "bash", "-c", command]

    def run(self, command: str, timeout_s: float = 900) -> "subprocess.CompletedProcess[str]":
        """As root in the booted tree."""
        return subprocess.run(
            self.entering(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def setup(self, arguments: str, timeout_s: float = 900) -> "subprocess.CompletedProcess[str]":
        return self.run(f"cd /{_CHECKOUT} && ./provisioning/setup.sh {arguments}", timeout_s)

    def show(self, unit: str, what: str) -> str:
        """A property of a unit."""
        return self.run(f"systemctl show -P {what} {unit}").stdout.strip()

    def host_pid(self, unit: str) -> int:
        """The main process of a unit, by its number on this host."""
        inner = self.show(unit, "MainPID")
        for pid in _descendants(self._first):
            if _inner_pid(pid) == inner:
                return pid
        raise ProcessLookupError(unit)

    def _found(self) -> bool:
        if self._nspawn is None or self._nspawn.poll() is not None:
            raise TimeoutError("the tree did not boot: its systemd-nspawn has ended")
        for pid in _descendants(self._nspawn.pid):
            with contextlib.suppress(OSError):
                comm = Path(f"/proc/{pid}/comm").read_text(encoding="ascii")
                if "systemd" in comm and "nspawn" not in comm and _inner_pid(pid) == "1":
                    self._first = pid
                    return True
        return False


@contextlib.contextmanager
def machine(folder: Path, tar: Path, *, keep: bool = False) -> Iterator[Tree]:
    """A fresh machine, booted, with a checkout in /root; gone afterwards."""
    tree = Tree(folder)
    try:
        tree.unpack(tar)
        tree.take_checkout()
        tree.boot()
        yield tree
    finally:
        tree.halt()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def wait_for(done: Callable[[], bool], within_s: float, every_s: float = 0.1) -> float:
    """Seconds until `done`. Raise TimeoutError."""
    began_s = time.monotonic()
    while not done():
        if time.monotonic() - began_s > within_s:
            raise TimeoutError(f"not within {within_s:.0f} s")
        time.sleep(every_s)
    return time.monotonic() - began_s


def _descendants(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for child in map(int, children):
            yield child
            yield from _descendants(child)


def _inner_pid(pid: int) -> str:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("NSpid:"):
                return line.split()[-1]
    return ""
