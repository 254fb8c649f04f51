"""`kiosk doctor` on kiosks that are well, unwell, running and not. Nothing that it looks at changes."""

import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.doctor import Health, as_text, examine
from kiosk.questions import shipped
from kiosk.simulation.ports import free_port
from kiosk.store.outbox import Outbox
from kiosk.voice import PROMPTS
from kiosk.web.catalogue import load_catalogues
from kiosk.web.feed import Feed
from kiosk.web.screen import create_screen_app
from kiosk.web.server import PageServer

WELL = {
    "screen": "idle", "faults": [], "notes": [], "camera": "ok", "fps": 29.9, "page": "alive",
    "uplink": "connected", "waiting": 0, "receipt_age_s": 7,
}  # fmt: skip


class Running:
    """The door of a kiosk that says this of itself."""

    def __init__(self, said):
        self._said = said

    def status(self):
        return self._said


class Site:
    """A kiosk's files in one folder, whole until a test takes something away."""

    def __init__(self, folder, stack):
        self.folder = folder
        self.lines = {
            "kiosk": 'id = "gate-1"\nstate_dir = "state"\nrequire_durable_state = false\n',
            "camera": 'kind = "simulated"\n',
            "lights": "mock_pins = true\n",
            "screen": f"port = {free_port()}\n",
        }
        (folder / "state").mkdir()
        self.database = folder / "state" / "state.db"
        with Outbox(self.database, "gate-1", owner=True):
            pass
        self._stack = stack

    @property
    def file(self):
        file = self.folder / "kiosk.toml"
        tables = (f"[{name}]\n{lines}" for name, lines in self.lines.items())
        file.write_text("\n".join(tables), encoding="utf-8")
        return file

    def runs(self, **said):
        app = create_screen_app(Feed(), Running({**WELL, **said}))
        server = self._stack.enter_context(PageServer(app, 0))
        self.lines["screen"] = f"port = {server.port}\n"

    def enrolled(self, days=400, host="127.0.0.1", port=None):
        (self.folder / "ca.pem").write_text("an authority")
        (self.folder / "kiosk.key").write_text("a key")
        (self.folder / "kiosk.pem").write_bytes(certificate(days))
        self.lines["uplink"] = (
            f'host = "{host}"\nport = {port or free_port()}\nca_file = "ca.pem"\n'
            'certificate_file = "kiosk.pem"\nkey_file = "kiosk.key"\n'
        )

    def finds(self, check):
        [found] = [each for each in examine(self.file) if each.check == check]
        return found


def certificate(days):
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gate-1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=800))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def doctor(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "kiosk", "doctor", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def site(tmp_path):
    with ExitStack() as stack:
        yield Site(tmp_path, stack)


def test_a_kiosk_that_does_not_run_yet_is_looked_at_and_only_warned_about(site):
    done = doctor("--config", site.file)

    assert done.returncode == 1, done.stdout
    assert "warning  kiosk" in done.stdout
    assert "OK       database" in done.stdout
    assert "-> set uplink.host" in done.stdout


def test_the_same_as_json_for_whoever_looks_after_many(site):
    found = json.loads(doctor("--config", site.file, "--json").stdout)

    assert [each["check"] for each in found] == [
        *("config", "release", "kiosk", "database", "camera", "lights", "broker", "clock"),
        *("trust", "display", "fonts", "khmer"),
    ]
    assert all(each["remedy"] for each in found if each["health"] != "ok")


def test_wrong_settings_are_one_fault_with_every_mistake(site):
    site.lines["camera"] = 'kind = "simulatd"\nfsp = 3\n'

    done = doctor("--config", site.file)

    assert done.returncode == 2
    assert "did you mean simulated" in done.stdout
    assert "camera.fsp is not a setting" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_commune_that_is_none_is_a_wrong_setting(site):
    site.lines["screen"] += 'near_communes = ["Nowhere"]\n'

    found = site.finds("config")

    assert found.health is Health.FAULT
    assert "screen.near_communes: 'Nowhere'" in found.told


def test_a_running_kiosk_that_is_well_is_believed(site):
    site.enrolled()
    site.runs()

    told = as_text(examine(site.file))

    assert "OK       kiosk          runs, screen: idle" in told
    assert "OK       camera         simulated, 29.9 frames a second" in told
    assert "is connected, 0 waiting, last receipt: 7 s ago" in told
    assert "OK       display        the page is alive" in told


def test_a_fault_of_the_running_kiosk_is_a_fault(site):
    site.runs(faults=["camera"], camera="absent", notes=["lights_absent"])

    assert site.finds("kiosk").told == "runs, and says: camera, lights_absent"
    assert site.finds("camera").told == "simulated is absent"
    assert doctor("--config", site.file).returncode == 2


def test_lamps_that_were_lost_while_it_runs_are_named(site):
    site.lines["lights"] = ""
    site.runs(faults=["lights"], lights_failed=["buzzer", "green"])

    found = site.finds("lights")

    assert (found.health, found.told) == (Health.FAULT, "do not obey: buzzer, green")


def test_another_release_than_the_one_that_runs_is_told(site):
    site.runs(release="0.1.0-0123456789ab")

    found = site.finds("release")

    assert (found.health, found.told) == (
        Health.WARNING,
        "checkout, and 0.1.0-0123456789ab runs",
    )


def test_a_dead_page_is_told(site):
    site.runs(page="silent")

    found = site.finds("display")

    assert (found.health, found.told) == (Health.WARNING, "the page is dead")


def test_a_kiosk_that_cannot_store_is_believed_though_its_file_can_be_read(site):
    site.runs(faults=["storage"])

    assert site.finds("database").told == "visits cannot be stored"


@pytest.mark.parametrize("is_open", [False, True])
def test_looking_changes_no_file(site, is_open):
    file = site.file

    with ExitStack() as stack:
        if is_open:
            stack.enter_context(Outbox(site.database, "gate-1", owner=True))
        before = {
            path: (path.stat().st_mtime_ns, path.read_bytes())
            for path in site.folder.rglob("*")
            if path.is_file() and not path.name.endswith("-shm")
        }
        names = sorted(site.folder.rglob("*"))

        assert doctor("--config", file).returncode == 1

        assert sorted(site.folder.rglob("*")) == names
        after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before}
        assert after == before


def test_a_damaged_database_is_a_fault_and_is_left_as_it_is(site):
    damaged = b"not a database at all" * 500
    site.database.write_bytes(damaged)

    found = site.finds("database")

    assert found.health is Health.FAULT
    assert "SQLITE_NOTADB" in found.told
    assert site.database.read_bytes() == damaged


def test_a_database_that_does_not_exist_yet_is_made_by_the_kiosk(site):
    site.database.unlink()

    found = site.finds("database")

    assert (found.health, found.remedy) == (Health.WARNING, "start the kiosk")
    assert not site.database.exists()


def test_a_state_folder_that_is_not_there_is_a_fault(site):
    site.lines["kiosk"] = site.lines["kiosk"].replace('"state"', '"elsewhere"')

    assert site.finds("database").health is Health.FAULT


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('kind = "simulated"\nfootage = "gone.mp4"\n', "gone.mp4 is not there"),
        ('kind = "usb"\ndevice = "/dev/no-camera"\n', "/dev/no-camera is not there"),
    ],
)
def test_a_camera_that_is_not_there_is_a_fault(site, lines, told):
    site.lines["camera"] = lines

    found = site.finds("camera")

    assert found.health is Health.FAULT
    assert told in found.told


def test_a_board_that_is_none_is_told_with_those_there_are(site):
    site.lines["lights"] = 'board = "entrance-v9"\n'

    found = site.finds("lights")

    assert found.health is Health.FAULT
    assert "entrance-v1" in found.remedy


def test_a_broker_that_answers_is_found_without_a_word_to_it(site):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        site.enrolled(port=listening.getsockname()[1])

        found = site.finds("broker")

        assert found.health is Health.OK
        asked, _ = listening.accept()
        with asked:
            assert asked.recv(1) == b""


def test_no_network_is_no_fault(site):
    site.enrolled()

    found = site.finds("broker")

    assert found.health is Health.WARNING
    assert "is not reached" in found.told


def test_a_named_state_of_the_uplink_is_told(site):
    site.enrolled()
    site.runs(uplink="not_authorized", waiting=12, receipt_age_s=-1)

    found = site.finds("broker")

    assert "not_authorized, 12 waiting, last receipt: none since the start" in found.told


@pytest.mark.parametrize(
    ("days", "health", "told"),
    [(-1, Health.FAULT, "ended"), (10, Health.WARNING, "ends"), (60, Health.WARNING, "reached")],
)
def test_a_certificate_is_told_of_before_it_ends(site, days, health, told):
    site.enrolled(days)

    found = site.finds("broker")

    assert found.health is health
    assert told in found.told


def test_a_kiosk_that_was_never_enrolled_is_told_which_file_is_missing(site):
    site.lines["uplink"] = 'host = "collector.example"\nca_file = "gone.pem"\n'

    found = site.finds("broker")

    assert found.health is Health.FAULT
    assert "gone.pem" in found.told


def test_voice_and_printer_are_looked_at_where_they_are_set_up(site):
    site.lines["voice"] = 'on = true\nfolder = "voice"\n'
    site.lines["printer"] = 'kind = "device"\ndevice = "/dev/no-printer"\n'
    clip = site.folder / "voice" / "vi" / "accepted.wav"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"")

    voice, printer = site.finds("voice"), site.finds("printer")

    assert voice.told.startswith(f"{len(PROMPTS) - 1} of {len(PROMPTS)} prompts are not in")
    assert (voice.health, printer.health) == (Health.WARNING, Health.WARNING)
    assert printer.told == "/dev/no-printer is not there"


def test_what_the_running_kiosk_says_of_its_printer_counts(site):
    site.lines["printer"] = 'kind = "simulated"\n'
    site.runs(printer="paper_out")

    assert site.finds("printer").told == "is paper_out"


def test_unread_khmer_is_counted_and_fails_nothing(site):
    found = site.finds("khmer")

    pages, questions = load_catalogues()["km"].pending(), shipped().unreviewed()
    assert found.health is not Health.FAULT
    assert f"{pages} texts of the pages and {questions} of the questions" in found.told
