"""The real aplay on ALSA's own null and file devices: what was played lies in a file afterwards."""

import io
import os
import select
import shutil
import threading
import time
import wave

import numpy as np
import pytest

from hardware.voice import NO_PLAYER, NO_SOUND, READY, AlsaSpeaker

RATE_HZ = 22050
LIMIT_S = 10.0
ALSA_CONF = """
</usr/share/alsa/alsa.conf>
pcm.paper {{ type file slave.pcm null file "{played}" format raw }}
"""

pytestmark = pytest.mark.skipif(
    shutil.which("aplay") is None, reason="aplay is not installed: apt-get install alsa-utils"
)


def clip(level, lasts_s=0.1):
    """A WAV of one level: what was heard can be told from the samples."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.full(int(lasts_s * RATE_HZ), level, "<i2").tobytes())
    return out.getvalue()


class Ear:
    """What came out of the speaker."""

    def __init__(self, path):
        self._path = path

    def heard(self):
        raw = self._path.read_bytes() if self._path.exists() else b""
        # ALSA fills the last period up with silence
        return set(np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").tolist()) - {0}

    def waits_for(self, level):
        end_s = time.monotonic() + LIMIT_S
        while level not in self.heard():
            assert time.monotonic() < end_s, f"heard {self.heard()}, not {level}"
            time.sleep(0.01)


@pytest.fixture
def ear(tmp_path, monkeypatch):
    conf = tmp_path / "asound.conf"
    conf.write_text(ALSA_CONF.format(played=tmp_path / "played.raw"))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(conf))
    return Ear(tmp_path / "played.raw")


@pytest.fixture
def speaker(ear):
    with AlsaSpeaker("paper") as speaker:
        yield speaker


def becomes(speaker, state):
    end_s = time.monotonic() + LIMIT_S
    while speaker.state != state:
        assert time.monotonic() < end_s, speaker.state
        time.sleep(0.01)


def test_clips_are_played_one_after_the_other(speaker, ear):
    speaker.play([clip(111), clip(222)])

    ear.waits_for(222)
    assert speaker.state == READY


def test_a_newer_prompt_ends_the_older_one_in_the_middle_of_a_word(speaker, tmp_path):
    # a sound card that takes its time: ALSA writes into a pipe that nobody empties while the older prompt plays
    os.mkfifo(tmp_path / "played.raw")
    card = os.open(tmp_path / "played.raw", os.O_RDONLY | os.O_NONBLOCK)
    speaker.play([clip(111, lasts_s=20.0), clip(222)])
    assert select.select([card], [], [], LIMIT_S)[0]

    speaker.play([clip(333)])

    heard = []
    while 333 not in heard:
        assert select.select([card], [], [], LIMIT_S)[0]
        heard += np.frombuffer(os.read(card, 65536), "<i2").tolist()
    os.close(card)
    assert heard.count(111) < 10 * RATE_HZ
    assert 222 not in heard


def test_whoever_asks_for_a_prompt_waits_for_nothing(speaker, ear):
    asking_s = []
    for level in range(1, 101):
        began_s = time.monotonic()
        speaker.play([clip(level)])
        asking_s.append(time.monotonic() - began_s)

    assert sorted(asking_s)[50] < 0.005
    ear.waits_for(100)


def test_without_a_player_its_absence_has_a_name(ear):
    with AlsaSpeaker(player="no-such-player") as speaker:
        speaker.play([clip(111)])

        becomes(speaker, NO_PLAYER)


def test_without_a_sound_card_its_absence_has_a_name_until_one_is_there(tmp_path, ear):
    conf = tmp_path / "asound.conf"
    whole = conf.read_text()
    conf.write_text("")
    with AlsaSpeaker("paper") as speaker:
        speaker.play([clip(111)])
        becomes(speaker, NO_SOUND)

        conf.write_text(whole)
        speaker.play([clip(222)])

        becomes(speaker, READY)
        assert ear.heard() == {222}


def test_closing_ends_thread_and_sound(ear):
    speaker = AlsaSpeaker("paper")
    speaker.open()
    speaker.play([clip(111)] * 500)
    ear.waits_for(111)

    speaker.close()
    speaker.close()

    assert "voice" not in [thread.name for thread in threading.enumerate()]
