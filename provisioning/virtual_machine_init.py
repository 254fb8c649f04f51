"""The first and only program of the small virtual machine: mounts, modules, then pytest; see virtual-machine.sh.

Its last line on the console is "virtual machine: exit N".
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path("/repository")
MOUNTS = (
    ("proc", "/proc"),
    ("sysfs", "/sys"),
    ("debugfs", "/sys/kernel/debug"),
    ("devtmpfs", "/dev"),
    ("tmpfs", "/run"),
)
FINIT_MODULE = {"x86_64": 313, "aarch64": 273}[os.uname().machine]
POWER_OFF = 0x4321FEDC  # linux/reboot.h
TESTS = "tests="

libc = ctypes.CDLL(None, use_errno=True)


def done(status: int, what: str) -> None:
    """Raise OSError when a call into the kernel has failed."""
    if status != 0:
        raise OSError(ctypes.get_errno(), what)


def prepare() -> None:
    for kind, where in MOUNTS:
        Path(where).mkdir(exist_ok=True)
        done(libc.mount(kind.encode(), where.encode(), kind.encode(), 0, None), where)
    for module in sorted(Path("/modules").iterdir()):
        with module.open("rb") as file:
            done(libc.syscall(FINIT_MODULE, file.fileno(), b"", 0), module.name)


def run_tests() -> int:
    words = Path("/proc/cmdline").read_text().split()
    tests = [word.removeprefix(TESTS) for word in words if word.startswith(TESTS)]
    pytest = [sys.executable, "-m", "pytest", "--noconftest", "-c", "/dev/null", "--rootdir", "/"]
    quietly = ["-p", "no:cacheprovider", "--color=no", "-q", "-ra"]
    environment = os.environ | {
        "PYTHONPATH": f"{REPOSITORY}:/site",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": "/run",
    }
    return subprocess.run([*pytest, *quietly, *tests], cwd=REPOSITORY, env=environment).returncode


status = 1
try:
    prepare()
    status = run_tests()
finally:
    sys.stdout.write(f"virtual machine: exit {status}\n")
    sys.stdout.flush()
    os.sync()
    libc.reboot(ctypes.c_int(POWER_OFF - (1 << 32) if POWER_OFF >> 31 else POWER_OFF))
