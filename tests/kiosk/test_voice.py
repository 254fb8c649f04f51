"""Which prompts are spoken when; and the real espeak-ng, whose files the real aplay plays."""

import shutil
import subprocess
import time
import wave
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from kiosk.bootstrap.voice import voice
from kiosk.config import VoiceSettings
from kiosk.domain.shown import Screen
from kiosk.errors import ConfigError
from kiosk.voice import PROMPTS, Voice, read_clips
from kiosk.web.catalogue import load_catalogues
from kiosk.web.screen import words

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 20.0


@dataclass
class QuietSpeaker:
    played: list = field(default_factory=list)
    state: str = "ready"

    def play(self, clips):
        self.played.append([clip.decode() for clip in clips])


class Clock:
    now_s = 1000.0

    def __call__(self):
        return self.now_s


def clips(*languages):
    return {(each, name): f"{each} {name}".encode() for each in languages for name in PROMPTS}


@pytest.fixture
def speaker():
    return QuietSpeaker()


@pytest.fixture
def clock():
    return Clock()


def record(path, level, samples=2205, width=2):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(22050)
        file.writeframes(np.full(samples, level, "<i2").tobytes())


def test_every_screen_but_the_idle_one_has_a_prompt():
    shown = {screen for screen in Screen if screen not in (Screen.IDLE, Screen.READING)}

    assert (shown | {hint for hint in words.HINTS if hint}) - PROMPTS.keys() == set()


@pytest.mark.parametrize("language", ["vi", "km"])
def test_every_prompt_has_the_words_of_the_screen(language):
    catalogue = load_catalogues()[language]

    sources = {source for prompt in PROMPTS.values() for source in prompt}

    assert {source for source in sources if catalogue.text(source) == source} == set()


def test_a_prompt_is_spoken_in_the_languages_of_the_door_in_their_order(speaker):
    Voice(speaker, clips("vi", "km", "en"), ["vi", "km"]).say("accepted")

    assert speaker.played == [["vi accepted", "km accepted"]]


def test_in_a_form_the_visitors_own_language_is_spoken(speaker):
    Voice(speaker, clips("vi", "km", "en"), ["vi"]).say("form_ended", "en")

    assert speaker.played == [["en form_ended"]]


def test_what_has_no_prompt_and_what_has_no_file_is_silent(speaker):
    voice = Voice(speaker, clips("vi"), ["vi", "km"])

    voice.say("idle")
    voice.say("form_ended", "km")
    voice.say("accepted")

    assert speaker.played == [["vi accepted"]]
    assert voice.state == "files_missing"


def test_results_are_said_each_time_and_advice_and_faults_now_and_then(speaker, clock):
    voice = Voice(speaker, clips("vi"), ["vi"], clock)

    for _ in range(3):
        for name in ("accepted", "too_far", "fault"):
            voice.say(name)
        clock.now_s += 7.0

    said = [clip for [clip] in speaker.played]
    assert said.count("vi accepted") == 3
    assert said.count("vi too_far") == 3
    assert said.count("vi fault") == 1
    voice.say("too_far")
    voice.say("too_far")
    assert len(speaker.played) == 8


def test_staff_see_which_part_of_the_voice_is_absent(speaker):
    voice = Voice(speaker, clips("vi"), ["vi"])
    assert voice.state == "ready"

    speaker.state = "no_sound"

    assert voice.state == "no_sound"


def test_files_are_played_at_the_volume_that_was_set(tmp_path):
    record(tmp_path / "vi" / "accepted.wav", 1000)
    record(tmp_path / "vi" / "refer.wav", 20000)

    read = read_clips(tmp_path, ["vi"], volume_percent=200)

    assert np.frombuffer(read["vi", "accepted"][44:], "<i2").max() == 2000
    assert np.frombuffer(read["vi", "refer"][44:], "<i2").max() == 32767


def test_a_file_that_cannot_be_played_counts_as_missing(tmp_path, caplog):
    (tmp_path / "vi").mkdir()
    (tmp_path / "vi" / "accepted.wav").write_bytes(b"no sound at all")
    record(tmp_path / "vi" / "refer.wav", 100, width=1)

    assert read_clips(tmp_path, ["vi"], 100) == {}
    assert "accepted" in caplog.text


def test_a_kiosk_without_a_voice_opens_nothing():
    with ExitStack() as stack:
        assert voice(VoiceSettings(), stack) is None


def test_a_language_that_the_kiosk_does_not_have_is_refused():
    with pytest.raises(ConfigError, match=r"voice.languages: fr"), ExitStack() as stack:
        voice(VoiceSettings(languages=("vi", "fr")), stack)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The prompts of the South, made as a technician makes them."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed: apt-get install espeak-ng")
    if not (ROOT / ".venv/bin/kiosk").exists():
        pytest.skip("make-voice.sh needs this checkout's own .venv")
    folder = tmp_path_factory.mktemp("voice")
    subprocess.run(
        [ROOT / "provisioning/make-voice.sh", "--out", folder, "--language", "vi"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return folder


def test_espeak_makes_a_file_for_every_prompt(made):
    read = read_clips(made, ["vi"], 100)

    assert read.keys() == {("vi", name) for name in PROMPTS}
    for clip in read.values():
        samples = np.frombuffer(clip[44:], "<i2")
        assert np.abs(samples).max() > 3000
        assert 0.5 < len(samples) / 22050 < 6.0


def test_a_recording_by_a_person_is_not_overwritten(made):
    record(made / "vi" / "goodbye.wav", 77)

    subprocess.run(
        [ROOT / "provisioning/make-voice.sh", "--out", made, "--language", "vi"],
        check=True,
        capture_output=True,
        timeout=60,
    )

    assert np.frombuffer(read_clips(made, ["vi"], 100)["vi", "goodbye"][44:], "<i2").max() == 77


def test_what_espeak_made_is_what_alsa_plays(made, tmp_path, monkeypatch):
    if shutil.which("aplay") is None:
        pytest.skip("aplay is not installed: apt-get install alsa-utils")
    played, conf = tmp_path / "played.raw", tmp_path / "asound.conf"
    conf.write_text(
        "</usr/share/alsa/alsa.conf>\n"
        f'pcm.paper {{ type file slave.pcm null file "{played}" format raw }}\n'
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(conf))
    wanted = read_clips(made, ["vi"], 100)["vi", "missing"][44:]

    with ExitStack() as stack:
        spoken = voice(VoiceSettings(on=True, folder=made, device="paper"), stack)
        spoken.say("missing")
        end_s = time.monotonic() + LIMIT_S
        while not (played.exists() and played.read_bytes()[: len(wanted)] == wanted):
            assert time.monotonic() < end_s, spoken.state
            time.sleep(0.02)

        assert spoken.state == "ready"
