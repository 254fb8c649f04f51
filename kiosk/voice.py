"""What the kiosk says aloud: one prompt for each thing it shows, from WAV files made or recorded beforehand.

The words are those of the screen, so that eye and ear are told the same. A file is `LANGUAGE/NAME.wav`, 16-bit PCM of
any rate; `provisioning/make-voice.sh` makes those that a machine can speak.
"""

import io
import logging
import time
import wave
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hardware.ports import Speaker

log = logging.getLogger(__name__)

# name of the prompt -> source texts of the catalogue, spoken one after the other
PROMPTS: Mapping[str, tuple[str, ...]] = {
    "accepted": ("Please go in",),
    "already_recorded": ("Already recorded",),
    "goodbye": ("Goodbye",),
    "missing": ("No health declaration yet", "Declare here"),
    "refer": ("Please see a staff member",),
    "invalid": ("This code is not valid", "Please see a staff member"),
    "not_personal": ("This code cannot be used here", "Please show your own code"),
    "too_far": ("Move closer",),
    "too_close": ("Move back a little",),
    "hold_still": ("Hold still",),
    "too_dark": ("Turn up screen brightness",),
    "glare": ("Tilt it away from the light",),
    "fault": ("Out of service, please see staff",),
    "test": ("Testing lamps and sound",),
    "form_ended": ("Please go in", "Photograph this code"),
    "staff_called": ("Staff have been called",),
}
# what may be shown again and again is not said again and again: seconds of silence after it
_SILENCE_S = {
    "fault": 60.0,
    **dict.fromkeys(("too_far", "too_close", "hold_still", "too_dark", "glare"), 6.0),
}
SOME_MISSING = "files_missing"

Clips = Mapping[tuple[str, str], bytes]  # (language, name) -> a WAV file


class Voice:
    """Says prompts through `speaker`, a newer one in place of an older. For one thread."""

    def __init__(
        self,
        speaker: Speaker,
        clips: Clips,
        languages: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`languages` in the order in which each prompt is said at the door; `clock` is monotonic seconds."""
        self._speaker = speaker
        self._clips = clips
        self._languages = tuple(languages)
        self._clock = clock
        self._said_s: dict[str, float] = {}

    def say(self, name: str, language: str = "") -> None:
        """Say this prompt, in one language alone where one has been chosen. Whatever has no prompt is shown in
        silence. Returns at once and never raises."""
        chosen = [language] if language else self._languages
        clips = [self._clips[each, name] for each in chosen if (each, name) in self._clips]
        now_s = self._clock()
        silent_since_s = self._said_s.get(name)
        if not clips or (
            silent_since_s is not None and now_s - silent_since_s < _SILENCE_S.get(name, 0.0)
        ):
            return
        self._said_s[name] = now_s
        self._speaker.play(clips)

    @property
    def state(self) -> str:
        """ready, or a named absence: of the sound card, of the player, of files."""
        whole = all(
            (language, name) in self._clips for language in self._languages for name in PROMPTS
        )
        state = self._speaker.state
        return SOME_MISSING if state == "ready" and not whole else state


def read_clips(folder: Path, languages: Sequence[str], volume_percent: float) -> Clips:
    """The files that are there and can be played, at this volume. Those that are not are told in the log, once."""
    clips: dict[tuple[str, str], bytes] = {}
    for language in languages:
        missing = []
        for name in PROMPTS:
            clip = _read(folder / language / f"{name}.wav", volume_percent / 100)
            if clip is None:
                missing.append(name)
            else:
                clips[language, name] = clip
        if missing:
            log.warning("voice %s: no file for %s", language, ", ".join(missing))
    return clips


def _read(path: Path, volume: float) -> bytes | None:
    try:
        with wave.open(str(path), "rb") as file:
            form, frames = file.getparams(), file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error):
        return None
    if form.sampwidth != 2:
        return None
    samples = np.frombuffer(frames[: len(frames) // 2 * 2], "<i2").astype(np.float64) * volume
    out = io.BytesIO()
    with wave.open(out, "wb") as copy:
        copy.setnchannels(form.nchannels)
        copy.setsampwidth(2)
        copy.setframerate(form.framerate)
        copy.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
    return out.getvalue()
