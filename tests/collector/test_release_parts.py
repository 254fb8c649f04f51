"""The list of parts of a release, held against the real lock file and CycloneDX's own schema."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from collector import release_parts
from collector.errors import CollectorError

validation = pytest.importorskip("cyclonedx.validation.json")
schema = pytest.importorskip("cyclonedx.schema")

LOCK = (Path(__file__).parents[2] / "requirements" / "runtime.txt").read_text()
ABOUT = {
    "name": "0.1.0-2026-11-29-abcdef0",
    "built": "2026-11-29T00:00:00Z",
    "python": "cp311",
    "machine": "x86_64",
}
NAMES = dict(re.findall(r"(?m)^([\w.-]+)==([\w.+-]+)", LOCK))


def wheel(name, version, *lines):
    """A package of which nothing but its METADATA is there."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        told = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines])
        archive.writestr(
            zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA"), f"{told}\n\nwords\n"
        )
    return file.getvalue()


@pytest.fixture
def release(tmp_path):
    """As build-release makes it: `wheels` in place of, or beside, one for each package that is locked."""

    def made(**changes):
        wheels = {
            name: wheel(name, version, "License-Expression: MIT") for name, version in NAMES.items()
        }
        wheels["Flask"] = wheel(
            "Flask", NAMES["flask"], "Requires-Dist: Werkzeug>=3.1", "License: BSD"
        )
        del wheels["flask"]
        lock = "\n".join(
            f"{name}=={NAMES[name.lower()]} \\\n    --hash=sha256:{hashlib.sha256(data).hexdigest()}"
            for name, data in wheels.items()
        )
        wheels["venue-kiosk"] = wheel("venue_kiosk", "0.1.0", "Requires-Dist: flask>=3.1")
        wheels |= changes
        tar = tmp_path / "0.1.0-2026-11-29-abcdef0-cp311-x86_64.tar"
        files = {"about.json": json.dumps(ABOUT).encode(), "runtime.txt": lock.encode()}
        files |= {f"wheels/{name}.whl": data for name, data in wheels.items() if data is not None}
        with tarfile.open(tar, "w") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return tar

    return made


def test_the_list_is_valid_and_names_every_locked_package_with_version_and_hash(release):
    tar = release()

    path = release_parts.write(tar)

    assert path.name == "0.1.0-2026-11-29-abcdef0-cp311-x86_64.cdx.json"
    text = path.read_text()
    strict = validation.JsonStrictValidator(schema.SchemaVersion.V1_6)
    assert strict.validate_str(text) is None
    listed = {part["name"]: part for part in json.loads(text)["components"]}
    assert {name: part["version"] for name, part in listed.items()} == NAMES
    assert all(
        re.fullmatch("[0-9a-f]{64}", part["hashes"][0]["content"]) for part in listed.values()
    )
    assert all(part["licenses"] for part in listed.values())


def test_who_needs_whom_is_told_by_what_lies_in_the_release(release):
    told = json.loads(release_parts.write(release()).read_text())

    needs = {one["ref"]: one["dependsOn"] for one in told["dependencies"]}
    flask = f"pkg:pypi/flask@{NAMES['flask']}"
    assert needs[told["metadata"]["component"]["bom-ref"]] == [flask]
    assert needs[flask] == [f"pkg:pypi/werkzeug@{NAMES['werkzeug']}"]


def test_the_same_release_has_the_same_list(release):
    first = release_parts.write(release()).read_bytes()

    assert release_parts.write(release()).read_bytes() == first


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"flask-cors": wheel("flask-cors", "1.0")}, "flask-cors is not the one", id="foreign"
        ),
        pytest.param({"numpy": wheel("numpy", "9.9")}, "numpy is not the one", id="another"),
        pytest.param({"cheroot": None}, "cheroot is missing", id="missing"),
    ],
)
def test_what_nobody_has_locked_is_no_release(release, changes, words):
    with pytest.raises(CollectorError, match=words):
        release_parts.write(release(**changes))


def test_the_lock_file_is_read_whole():
    found = release_parts.locked(LOCK)

    assert set(found) == {name.lower().replace("_", "-").replace(".", "-") for name in NAMES}
    assert all(one.hashes for one in found.values())
    assert not found["colorama"].always
    assert found["flask"].always


def test_it_is_a_command_that_says_where_the_list_lies(release, tmp_path):
    tar = release()

    done = subprocess.run(
        [sys.executable, "-m", "collector", "releases", "parts", tar],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.strip()).exists()
    nothing = tmp_path / "nothing.tar"
    nothing.write_bytes(b"")
    refused = subprocess.run(
        [sys.executable, "-m", "collector", "releases", "parts", nothing],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "was not made by provisioning/build-release" in refused.stderr
