"""The checks, in the order in which a technician would make them."""

from pathlib import Path

from kiosk import config as configuration
from kiosk import trust_folder
from kiosk.bootstrap import passes
from kiosk.bootstrap.asked import near_communes, own_questions
from kiosk.bootstrap.display import kiosk_status
from kiosk.config import Config
from kiosk.doctor.extras import extras
from kiosk.doctor.finding import Finding, fault, ok, warning
from kiosk.doctor.machine import camera, clock, display, fonts, lights
from kiosk.doctor.uplink import broker
from kiosk.documents import authority_keys
from kiosk.errors import ConfigError
from kiosk.questions import shipped
from kiosk.release import release
from kiosk.store.durable import is_durable
from kiosk.store.look import look
from kiosk.web.catalogue import load_catalogues

Status = dict[str, object]


def examine(path: Path) -> list[Finding]:
    """Every finding about the kiosk with these settings. Without them only what does not need them."""
    try:
        config = configuration.load(path)
    except ConfigError as error:
        wrong = "; ".join(error.problems)
        return [fault("config", wrong, "see docs/settings.md"), clock(), fonts(), khmer()]
    status = kiosk_status(config.screen.port)
    return [
        _config(config, path),
        _release(status),
        _running(status),
        _database(config, status),
        camera(config, status),
        lights(config, status),
        broker(config, status),
        clock(),
        _trust(config),
        display(status),
        *extras(config, status),
        fonts(),
        khmer(),
    ]


def _config(config: Config, path: Path) -> Finding:
    try:
        near_communes(config)
        own_questions(config)
        passes.own_delegation(config)
        authority_keys(config.authority.key_file)
    except ConfigError as error:
        return fault("config", "; ".join(error.problems), "see docs/settings.md")
    return ok("config", f"{path} is valid")


def _release(status: Status | None) -> Finding:
    own, runs = release(), (status or {}).get("release")
    if runs in (None, own):
        return ok("release", own)
    return warning("release", f"{own}, and {runs} runs", "systemctl restart kiosk")


def _running(status: Status | None) -> Finding:
    if status is None:
        return warning("kiosk", "is not running", "systemctl start kiosk, then ask again")
    troubles = [str(each) for key in ("faults", "notes") for each in _list(status.get(key))]
    if not troubles:
        return ok("kiosk", f"runs, screen: {status.get('screen')}")
    remedy = "docs/operations.md says what each means"
    tell = fault if _list(status.get("faults")) else warning
    return tell("kiosk", f"runs, and says: {', '.join(troubles)}", remedy)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _database(config: Config, status: Status | None) -> Finding:
    folder = config.kiosk.state_dir
    if not folder.is_dir():
        remedy = "is made by setup.sh; or set kiosk.state_dir"
        return fault("database", f"{folder} is not there", remedy)
    if config.kiosk.require_durable_state and not is_durable(folder):
        return fault("database", f"{folder} lies in RAM", "put kiosk.state_dir on a real disk")
    if status is not None and "storage" in _list(status.get("faults")):
        remedy = "free space on the disk, check that it is not read-only"
        return fault("database", "visits cannot be stored", remedy)
    wrong = look(config.database)
    if wrong == "":
        return ok("database", f"{config.database} opens")
    if "cannot be read" in wrong or "damaged" in wrong:
        remedy = "keep the file; ask whoever runs the collector before removing it"
        return fault("database", f"{config.database} {wrong}", remedy)
    return warning("database", f"{config.database} {wrong}", "start the kiosk")


def _trust(config: Config) -> Finding:
    folder = config.trust.folder
    if folder is None:
        return warning("trust", "no signature can be checked", "set trust.folder")
    try:
        trust_folder.read(folder)
    except ConfigError as error:
        return fault("trust", "; ".join(error.problems), "ask the authority for its certificates")
    return ok("trust", f"certificates of {folder}")


def khmer() -> Finding:
    """Nothing fails because of it, and nobody may forget it."""
    pages, questions = load_catalogues()["km"].pending(), shipped().unreviewed()
    if pages + questions == 0:
        return ok("khmer", "every text was read by a native")
    told = f"{pages} texts of the pages and {questions} of the questions were read by no native yet"
    return warning("khmer", told, "docs/translating.md says how a reader signs them")
