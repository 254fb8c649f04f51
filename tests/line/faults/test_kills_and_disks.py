"""SIGKILL and failing disks, from the scan to the receipt."""

import pytest

from bench.faults import disk, kills

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

QUICK_STEP = 100


def test_a_kill_at_some_calls_loses_nothing(holds, quiet):
    holds(kills.walked, QUICK_STEP, "signal=KILL", ("write",), quiet)


def test_a_few_random_kills_lose_nothing(holds, quiet):
    holds(kills.at_random, 4, quiet)


@pytest.mark.long
def test_a_sync_that_fails_gives_no_false_green(holds, quiet):
    holds(kills.walked, QUICK_STEP, "error=EIO", ("fdatasync",), quiet)


def test_a_full_disk_stops_the_door_and_lets_it_go_on_when_there_is_room(holds):
    holds(disk.full)


@pytest.mark.long  # once in two runs beside others the last four visits did not go up within a minute: cause not found
def test_a_disk_that_turns_read_only_gives_no_false_green(holds):
    holds(disk.read_only)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_kill_at_every_call_loses_nothing(holds, quiet):
    holds(kills.walked, 1, "signal=KILL", kills.CALLS, quiet)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_an_error_at_every_write_and_sync_gives_no_false_green(holds, quiet):
    holds(disk.injected, 1, quiet)
