from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.commands import Commands
from kiosk.documents import Documents
from kiosk.store.outbox import Outbox
from kiosk.uplink.delivery import Delivery
from kiosk.uplink.downlink import Downlink
from kiosk.wire import documents
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.topics import shared_topic

KIOSK = "cho-1"
TODAY = {"days": {"2026-11-24": 12}}


class Heard:
    """A downlink with nothing behind it, and what it has announced."""

    def __init__(self, folder: Path, signer: Any, settings: Any) -> None:
        self.folder = folder
        self.bodies: list[Any] = []
        self._documents = Documents(folder / "documents", KIOSK, signer.public)
        self._documents.take(DocumentKind.KEYS, signer.keys())
        delivery = Delivery(settings, Outbox(folder / "state.db", KIOSK, owner=False), lambda: 0.0)
        commands = Commands(folder / "commands.json", KIOSK)
        self.downlink = Downlink(
            KIOSK, delivery, self._documents, commands, lambda _: True, self.bodies.append
        )

    def hear(self, payload: bytes) -> None:
        self.downlink.hear(shared_topic("tags"), payload, datetime.now(UTC), 0.0)


def signed_by(key: Any, body: dict[str, Any], version: int = 1) -> bytes:
    return documents.sign(Document(DocumentKind.TAGS, version, datetime.now(UTC), body), key)


@pytest.fixture
def heard(tmp_path: Path, signer: Any, new_settings: Any) -> Heard:
    return Heard(tmp_path, signer, new_settings(1))


def test_what_tags_there_are_is_announced_and_never_on_the_disk(heard: Heard, signer: Any) -> None:
    heard.hear(signed_by(signer.command_key, TODAY))

    assert heard.bodies == [TODAY]
    assert [path.name for path in (heard.folder / "documents").iterdir()] == ["keys.json"]


def test_only_a_command_key_announces_tags(heard: Heard, signer: Any) -> None:
    heard.hear(signed_by(signer.key, TODAY))
    heard.hear(signed_by(signer.receipt_key, TODAY))
    heard.hear(b"{")

    assert heard.bodies == []
    assert heard.downlink.refused["document"] == 3


def test_an_older_announcement_is_refused(heard: Heard, signer: Any) -> None:
    heard.hear(signed_by(signer.command_key, TODAY, version=7))
    heard.hear(signed_by(signer.command_key, {"days": {}}, version=6))

    assert heard.bodies == [TODAY]
