import os
import signal

import pytest

from hardware.stage import CameraFault

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]


def fault(running, reason, after):
    wanted = {"screen": "fault", "reason": reason}
    return running.screen.wait(lambda shown: wanted.items() <= shown.items(), after, 20)


def rest(running, after):
    return running.screen.wait(lambda shown: shown["screen"] == "idle", after, 30)


def test_an_eye_that_is_killed_is_started_again_and_reads(running):
    restarts = running.child("eye").restarts
    os.kill(running.child("eye").pid, signal.SIGKILL)
    running.until(lambda: running.child("eye").restarts > restarts)
    running.until(running.camera_answers)

    running.crowd.play(*running.newcomers(1))

    assert running.crowd.tally.unexpected == []


def test_an_eye_that_hangs_is_a_named_fault_and_comes_back(running):
    before = running.screen.seq
    os.kill(running.child("eye").pid, signal.SIGSTOP)

    shown = fault(running, "eye", before)
    assert shown is not None
    os.kill(running.child("eye").pid, signal.SIGCONT)

    assert rest(running, shown["seq"]) is not None


@pytest.mark.parametrize("failing", [CameraFault.STALLED, CameraFault.ABSENT, CameraFault.BLACK])
def test_a_camera_that_fails_is_a_named_fault_and_heals_within_ten_seconds(running, failing):
    before = running.screen.seq
    running.stage.fail(failing, for_s=5.0)

    shown = fault(running, "camera", before)
    assert shown is not None
    assert rest(running, shown["seq"]) is not None

    running.crowd.play(*running.newcomers(1))
    assert running.crowd.tally.unexpected == []
