"""What a kiosk may do without: the voice and the slip printer. Looked at only where they are set up."""

from dataclasses import replace

from kiosk.config import Config, PrinterKind
from kiosk.doctor.finding import Finding, Health, ok, warning
from kiosk.doctor.machine import device
from kiosk.voice import PROMPTS

_WELL = ("ok", "ready")


def extras(config: Config, status: dict[str, object] | None) -> list[Finding]:
    findings = []
    if config.voice.on:
        findings.append(_said_of("voice", status) or _clips(config))
    if config.printer.kind is not PrinterKind.NONE:
        findings.append(_said_of("printer", status) or _printer(config))
    return findings


def _said_of(name: str, status: dict[str, object] | None) -> Finding | None:
    """The running kiosk's own word, where it is a bad one."""
    state = (status or {}).get(name)
    if not isinstance(state, str) or state in _WELL:
        return None
    return warning(name, f"is {state}", "docs/operations.md says what it means")


def _clips(config: Config) -> Finding:
    folder = config.voice.folder
    wanted = [folder / each / f"{name}.wav" for each in config.voice.languages for name in PROMPTS]
    missing = sum(not file.exists() for file in wanted)
    if missing:
        told = f"{missing} of {len(wanted)} prompts are not in {folder}"
        return warning("voice", told, "provisioning/make-voice.sh makes those a machine can speak")
    return ok("voice", f"{len(wanted)} prompts in {folder}")


def _printer(config: Config) -> Finding:
    if config.printer.kind is PrinterKind.SIMULATED:
        return ok("printer", "simulated")
    found = device("printer", config.printer.device, "lp or dialout")
    # a door works without it
    return replace(found, health=Health.WARNING) if found.health is Health.FAULT else found
