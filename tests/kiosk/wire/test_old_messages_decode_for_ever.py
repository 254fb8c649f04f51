"""The corpus is never edited: a file a message, added when a message of a new form is first released."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.wire import commands, documents, events, health, receipts, signed, status, topics

# the keys of the corpus, made for it
KEYS = signed.by_id([Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()])
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


def decoded(topic: str, payload: bytes) -> Any:
    kiosk, channel = topics.parse(topic)
    match channel:
        case topics.Channel.EVENT:
            return events.decode(payload, kiosk)
        case topics.Channel.RECEIPT:
            return (
                receipts.verified(payload, KEYS) if is_signed(payload) else receipts.decode(payload)
            )
        case topics.Channel.STATUS:
            return status.decode(payload)
        case topics.Channel.HEALTH:
            return health.decode(payload)
        case topics.Channel.COMMAND:
            return commands.verified(payload, KEYS)
        case topics.Channel.SETTINGS:
            return documents.verified(payload, KEYS)


def is_signed(payload: bytes) -> bool:
    return "signed" in json.loads(payload)


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value


def known(meaning: Any, stored: Any) -> Any:
    """What was known when the message was stored: a field that came later must say nothing in it."""
    if not (isinstance(meaning, dict) and isinstance(stored, dict)):
        return meaning
    later = {name for name in meaning.keys() - stored.keys() if meaning[name] is None}
    return {name: value for name, value in meaning.items() if name not in later}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_stored_message_still_means_what_it_meant(path: Path) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))

    meaning = plain(decoded(stored["topic"], stored["payload"].encode("utf-8")))

    for name, value in stored["means"].items():
        assert known(meaning[name], value) == value, name


def test_the_corpus_holds_every_kind_of_message_that_is_sent() -> None:
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in CORPUS]

    kinds = {topics.parse(item["topic"])[1] for item in stored}

    assert kinds == set(topics.Channel)
