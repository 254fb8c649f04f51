"""What wants somebody's hand: from the kiosk's state by name to alerts, each with what to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kiosk.domain.coverage import Coverage
from kiosk.domain.occupancy import Level


class Weight(StrEnum):
    NOW = "now"  # with sound and vibration
    SOON = "soon"


@dataclass(frozen=True, slots=True)
class Alert:
    """`code` leads to words and remedy in kiosk.web.monitor.words."""

    code: str
    weight: Weight


# minutes without a receipt while something waits, after which the line is called cut
UNSENT_AFTER_S = 30 * 60
CERTIFICATE_SOON_DAYS = 14

_FAULTS = {
    "storage": "storage",
    "eye": "eye",
    "camera": "camera",
    "paused": "paused",
    "screen": "screen",
    "lights": "lights",
}
_NOTES = {
    "lights_absent": "lights",
    "sensors_absent": "sensors",
    "database_set_aside": "damage",
    "database_unusable": "storage",
}
_PRINTER = ("absent", "out_of_paper", "stuck")


def alerts(
    status: Mapping[str, Any], *, calls: int, referred: int, level: Level, covered: Coverage
) -> list[Alert]:
    """The most pressing first; each once. `status` is what the loop says of itself (docs/operations.md)."""
    found: dict[str, Weight] = {}

    def say(code: str, weight: Weight = Weight.SOON) -> None:
        found.setdefault(code, weight)

    if calls:
        say("call", Weight.NOW)
    if referred:
        say("referral", Weight.NOW)
    for name, code in _FAULTS.items():
        if name in status.get("faults", ()):
            say(code, Weight.SOON if name == "paused" else Weight.NOW)
    for note in status.get("notes", ()):
        if note in _NOTES:
            say(_NOTES[note], Weight.NOW)
    if level is Level.FULL:
        say("full", Weight.NOW)
    elif level is Level.NEAR:
        say("nearly_full")
    if status.get("box") in ("open", "was_opened"):
        say("box", Weight.NOW)
    if status.get("box") == "unknown":
        say("sensors", Weight.NOW)
    if status.get("shared_codes"):
        say("shared", Weight.NOW)
    if covered.is_low:
        say("unscanned", Weight.NOW)
    if status.get("barrier") in ("blocked", "silent"):
        say("barrier")
    if status.get("printer") in _PRINTER:
        say("printer")
    if status.get("storage") == "nearly_full":
        say("room")
    if status.get("waiting", 0) and status.get("oldest_s", 0) > UNSENT_AFTER_S:
        say("unsent")
    if status.get("clock") == "uncertain":
        say("clock")
    days = status.get("certificate_days")
    if isinstance(days, int) and days < CERTIFICATE_SOON_DAYS:
        say("certificate")
    if status.get("sealing") == "no_keys":
        say("keys")
    return sorted((Alert(code, weight) for code, weight in found.items()), key=_pressing)


def _pressing(alert: Alert) -> int:
    return 0 if alert.weight is Weight.NOW else 1
