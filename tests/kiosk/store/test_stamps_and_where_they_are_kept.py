import re
import time
from pathlib import Path

import pytest

from kiosk.store.durable import filesystem_of, is_durable
from kiosk.store.stamp import read_boot_id, read_stamp

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/root rw
23 22 0:20 / /proc rw - proc proc rw
30 22 0:25 / /run rw,nosuid - tmpfs tmpfs rw,size=401044k
31 22 179:3 / /var/lib/kiosk rw,noatime shared:5 - ext4 /dev/mmcblk0p3 rw
32 22 0:40 / /var/lib/my\\040state rw - overlay overlay rw
33 22 0:41 / /mnt rw - ext4 /dev/sda1 rw
34 33 0:42 / /mnt rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/kiosk", "ext4"),
        ("/var/lib/kiosk/deep/inside", "ext4"),
        ("/var/lib/kiosk-other", "ext4"),
        ("/run/kiosk", "tmpfs"),
        ("/var/lib/my state", "overlay"),
        ("/mnt", "tmpfs"),  # mounted over another
    ],
)
def test_the_file_system_of_a_folder_is_the_one_mounted_nearest(folder: str, kind: str) -> None:
    assert filesystem_of(Path(folder), MOUNTS) == kind


def test_a_folder_of_this_machine_has_a_file_system(tmp_path: Path) -> None:
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    if not any(mount.split(" ")[4] == "/" for mount in mounts):
        pytest.skip("a chroot: the list of mounts does not name what / lies on")

    assert filesystem_of(tmp_path) != "unknown"
    assert is_durable(Path("/proc/self"))  # no disk, but nothing that pretends to be one either


def test_a_stamp_tells_the_clocks_of_this_boot(tmp_path: Path) -> None:
    boot = read_boot_id()

    before_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    stamp = read_stamp(boot, tmp_path / "never")

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", boot)
    assert stamp.boot_id == boot
    assert before_ns <= stamp.boottime_ns <= before_ns + 5_000_000_000
    assert stamp.at.utcoffset() is not None


def test_the_wall_clock_is_trusted_only_once_a_time_server_was_heard(tmp_path: Path) -> None:
    heard = tmp_path / "synchronized"

    before = read_stamp("b", heard).synchronised
    heard.touch()

    assert (before, read_stamp("b", heard).synchronised) == (False, True)
