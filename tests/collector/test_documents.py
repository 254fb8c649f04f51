import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector import authority, documents
from collector.errors import CollectorError
from kiosk.wire import documents as wire
from kiosk.wire import signed
from kiosk.wire.documents import DocumentKind
from kiosk.wire.errors import WireError

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def key(authority_dir: Path):
    return authority.signing_key(authority_dir)


@pytest.fixture
def known(key):
    """What a kiosk believes."""
    return signed.by_id([key.public_key()])


def test_what_is_put_is_believed_by_a_kiosk_and_goes_to_the_topic_of_its_kind(
    tmp_path: Path, key, known
) -> None:
    documents.put(tmp_path, key, DocumentKind.POLICY, {"days": 3}, NOW)

    (out,) = documents.outgoing(tmp_path)

    assert out.topic == "entrance/v1/shared/policy"
    document = wire.verified(out.payload, known)
    assert (document.version, document.body, document.issued_at) == (1, {"days": 3}, NOW)


def test_each_one_of_a_kind_has_the_next_version(tmp_path: Path, key, known) -> None:
    versions = [documents.put(tmp_path, key, DocumentKind.TRUST, {"n": n}, NOW) for n in range(3)]

    assert versions == [1, 2, 3]
    (out,) = documents.outgoing(tmp_path)
    assert wire.verified(out.payload, known).body == {"n": 2}


def test_settings_are_of_one_kiosk_and_go_to_it_alone(tmp_path: Path, key, known) -> None:
    documents.put(tmp_path, key, DocumentKind.SETTINGS, {}, NOW, kiosk="cho-1")

    (out,) = documents.outgoing(tmp_path)

    assert out.topic == "entrance/v1/cho-1/settings"
    assert wire.verified(out.payload, known).kiosk == "cho-1"


@pytest.mark.parametrize(
    ("kind", "kiosk"),
    [
        (DocumentKind.SETTINGS, ""),
        (DocumentKind.POLICY, "cho-1"),
        (DocumentKind.SETTINGS, "../cho-1"),
        (DocumentKind.SETTINGS, "shared"),
    ],
)
def test_a_kiosk_that_is_missing_or_out_of_place_is_refused_and_nothing_is_written(
    tmp_path: Path, key, kind, kiosk
) -> None:
    with pytest.raises(CollectorError, match="wrong_kiosk"):
        documents.put(tmp_path / "out", key, kind, {}, NOW, kiosk=kiosk)

    assert list(tmp_path.rglob("*.json")) == []


def test_after_the_folder_was_lost_a_version_can_be_given_and_never_one_that_kiosks_refuse(
    tmp_path: Path, key
) -> None:
    assert documents.put(tmp_path, key, DocumentKind.POLICY, {}, NOW, version=7) == 7

    with pytest.raises(CollectorError, match="has version 7"):
        documents.put(tmp_path, key, DocumentKind.POLICY, {}, NOW, version=7)


def test_a_file_of_another_authority_is_not_counted_on(tmp_path: Path, key) -> None:
    authority.create(tmp_path / "other")
    other = authority.signing_key(tmp_path / "other")
    documents.put(tmp_path, other, DocumentKind.POLICY, {}, NOW)

    with pytest.raises(CollectorError, match="unknown_key"):
        documents.put(tmp_path, key, DocumentKind.POLICY, {}, NOW)


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path, key) -> None:
    for name in ("README", "policy.json.new", "settings-A B.json", "more.json"):
        (tmp_path / name).write_text("{}")

    assert documents.outgoing(tmp_path) == []


@pytest.mark.parametrize("content", ["[1]", "{", '{"a": NaN}', '{"a": 1, "a": 2}'])
def test_content_that_no_kiosk_could_read_is_told_before_it_is_signed(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "policy.json"
    path.write_text(content)

    with pytest.raises(CollectorError, match="is no document"):
        documents.body_of(path)


def test_an_altered_document_is_not_believed(tmp_path: Path, key, known) -> None:
    documents.put(tmp_path, key, DocumentKind.POLICY, {"days": 3}, NOW)
    envelope = json.loads((tmp_path / "policy.json").read_bytes())
    envelope["signed"] = envelope["signed"].replace("3", "9", 1)

    with pytest.raises(WireError, match="bad_signature"):
        wire.verified(json.dumps(envelope).encode(), known)
