"""The voice of a kiosk, where it is switched on."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from hardware.voice import AlsaSpeaker
from kiosk.config import VoiceSettings
from kiosk.errors import ConfigError
from kiosk.languages import LANGUAGES

if TYPE_CHECKING:
    from kiosk.voice import Voice


def voice(settings: VoiceSettings, stack: ExitStack) -> "Voice | None":
    """None where it is off. Raise ConfigError for a language that the kiosk does not have."""
    unknown = [language for language in settings.languages if language not in LANGUAGES]
    if unknown:
        known = ", ".join(LANGUAGES)
        raise ConfigError([f"voice.languages: {', '.join(unknown)} is none of {known}"])
    if not settings.on:
        return None
    from kiosk.voice import Voice, read_clips  # and with it numpy

    # a language that is not spoken at the door may be chosen in the form
    clips = read_clips(settings.folder, LANGUAGES, settings.volume_percent)
    speaker = stack.enter_context(AlsaSpeaker(settings.device))
    return Voice(speaker, clips, settings.languages)
