import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import kiosk.wire
from kiosk.wire import commands, data, documents, events, health, receipts, signed, status, topics
from kiosk.wire.errors import WireError
from kiosk.wire.signed import Purpose

WIRE = Path(kiosk.wire.__file__).parent
ASYNCAPI = json.loads((WIRE / "asyncapi.json").read_text(encoding="utf-8"))
SCHEMAS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (WIRE / "schemas").glob("*.json")
}
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


def encoded(name: str, request: pytest.FixtureRequest) -> tuple[str, bytes]:
    """A good message of this fixture and the name of its schema."""
    value = request.getfixturevalue(name)
    match value:
        case events.Event():
            return "event", events.encode(value)
        case receipts.Receipt():
            return "receipt", receipts.encode(value)
        case commands.Command():
            return "command", signed_text(commands.sign(value, KEY))
        case documents.Document():
            return "document", signed_text(documents.sign(value, KEY))
        case status.Status():
            return "status", status.encode(value)
        case _:
            return "health", health.encode(value)


def signed_text(payload: bytes) -> bytes:
    jsonschema.Draft7Validator(SCHEMAS["signed"]).validate(json.loads(payload))
    return str(json.loads(payload)["signed"]).encode()


def signed_again(text: bytes, purpose: Purpose) -> bytes:
    return signed.sign(text, purpose, KEY)


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = signed.by_id([KEY.public_key()])
DECODE: dict[str, Callable[[bytes], object]] = {
    "event": lambda payload: events.decode(payload, "cho-1"),
    "receipt": receipts.decode,
    "status": status.decode,
    "health": health.decode,
    "command": lambda text: commands.verified(signed_again(text, Purpose.COMMAND), KEYS),
    "document": lambda text: documents.verified(signed_again(text, Purpose.DOCUMENT), KEYS),
}
MESSAGES = [
    *("visit_event", "declaration_event", "notice_event", "sealed_visit", "sealed_declaration"),
    *("receipt", "online", "metrics", "metrics_with_head", "command", "policy", "settings"),
]


def accepted_by_schema(schema: str, message: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft7Validator(SCHEMAS[schema]).is_valid(message))


def accepted_by_code(schema: str, message: dict[str, Any]) -> bool:
    try:
        DECODE[schema](json.dumps(message).encode())
    except WireError:
        return False
    return True


def damaged(message: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The message with each field left out and each field of a wrong kind, the fields of `data` too."""
    wrong: list[Any] = [None, [], {}, "", "Ü", "a b", "x" * 300, -2, 2**31, True, "1.0", [0]]
    for name in message:
        yield f"without {name}", {k: v for k, v in message.items() if k != name}
        for value in wrong:
            yield f"{name} = {value!r}", message | {name: value}
    if isinstance(message.get("data"), dict):
        for what, inner in damaged(message["data"]):
            yield f"data: {what}", message | {"data": inner}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_the_code_sends_fits_its_schema(name: str, request: pytest.FixtureRequest) -> None:
    schema, payload = encoded(name, request)

    jsonschema.Draft7Validator(SCHEMAS[schema]).validate(json.loads(payload))


@pytest.mark.parametrize("name", MESSAGES)
def test_schema_and_code_refuse_the_same_damage(name: str, request: pytest.FixtureRequest) -> None:
    schema, payload = encoded(name, request)
    message = json.loads(payload)

    disagreements = [
        what
        for what, bad in damaged(message)
        if accepted_by_schema(schema, bad) != accepted_by_code(schema, bad)
    ]

    assert disagreements == []


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_old_message_fits_the_schema_of_today(path: Path) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))
    message = json.loads(stored["payload"])
    schema = stored.get("schema") or topics.parse(stored["topic"])[1]

    jsonschema.Draft7Validator(SCHEMAS[schema]).validate(message)


def test_the_schemas_are_schemas() -> None:
    for schema in SCHEMAS.values():
        jsonschema.Draft7Validator.check_schema(schema)


def test_the_document_names_every_channel_at_its_address() -> None:
    documented = {name: channel["address"] for name, channel in ASYNCAPI["channels"].items()}

    assert documented == {
        "event": "entrance/v1/{kiosk}/event",
        "status": "entrance/v1/{kiosk}/status",
        "health": "entrance/v1/{kiosk}/health",
        "command": "entrance/v1/{kiosk}/command",
        "receipt": "entrance/v1/{kiosk}/receipt",
        "settings": "entrance/v1/{kiosk}/settings",
        "shared": "entrance/v1/shared/{kind}",
    }
    assert topics.shared_topic("policy") == documented["shared"].replace("{kind}", "policy")
    for channel in topics.Channel:
        assert topics.topic("cho-1", channel) == documented[channel].replace("{kiosk}", "cho-1")


def test_the_document_points_at_every_schema_and_nothing_else() -> None:
    messages = ASYNCAPI["components"]["messages"]

    pointed = {
        name: message.get("x-signed", message["payload"])["$ref"]
        for name, message in messages.items()
    }

    assert pointed == {name: f"schemas/{name}.json" for name in SCHEMAS if name != "signed"}
    travelling_signed = {name for name, message in messages.items() if "x-signed" in message}
    assert travelling_signed == {"receipt", "command", "document"}
    for name in travelling_signed:
        assert messages[name]["payload"]["$ref"] == "schemas/signed.json"
    assert messages["event"]["contentType"] == events.CONTENT_TYPE
    assert messages["receipt"]["contentType"] == receipts.CONTENT_TYPE


def test_the_document_states_how_each_message_travels() -> None:
    travels = {
        operation["channel"]["$ref"].rpartition("/")[2]: (
            operation["action"],
            operation["bindings"]["mqtt"]["qos"],
            operation["bindings"]["mqtt"]["retain"],
            operation["bindings"]["mqtt"].get("messageExpiryInterval"),
        )
        for operation in ASYNCAPI["operations"].values()
    }

    assert travels == {
        "event": ("send", 1, False, None),
        "status": ("send", 1, True, None),
        "health": ("send", 1, False, topics.HEALTH_EXPIRY_S),
        "receipt": ("receive", 1, False, None),
        "command": ("receive", 1, False, None),
        "settings": ("receive", 1, True, None),
        "shared": ("receive", 1, True, None),
    }


def test_the_event_schema_knows_the_types_the_code_knows() -> None:
    schema = SCHEMAS["event"]

    known = [rule["if"]["properties"]["type"]["const"] for rule in schema["allOf"]]

    assert known == list(data.EVENT_TYPES)
