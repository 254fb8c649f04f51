import json
import re
from pathlib import Path
from typing import Any

import pytest

import kiosk.wire
from kiosk.uplink.faults import Fault
from kiosk.wire import data, events, receipts, strict_json, topics
from kiosk.wire.errors import Refusal
from kiosk.wire.events import TimeQuality

WIRE = Path(kiosk.wire.__file__).parent
PAGE = (WIRE.parent.parent / "docs" / "wire.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"{title}\n", 1)[1].split("\n#", 1)[0]


def first_column(text: str) -> list[str]:
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def schema(name: str) -> dict[str, Any]:
    text = (WIRE / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@pytest.mark.parametrize("title", ["Receipt", "Status", "Health", "Command", "Document"])
def test_every_field_of_a_message_is_on_the_page(title: str) -> None:
    fields = first_column(section(f"### {title}"))

    assert sorted(fields) == sorted(schema(title.lower())["properties"])


def test_every_attribute_of_an_event_is_on_the_page() -> None:
    table = section("### Event").split("`vn.entrance", 1)[0]

    assert sorted(first_column(table)) == sorted(schema("event")["properties"])


@pytest.mark.parametrize("rule", schema("event")["allOf"], ids=str)
def test_every_field_of_an_events_data_is_on_the_page(rule: dict[str, Any]) -> None:
    kind = rule["if"]["properties"]["type"]["const"]
    table = section("### Event").split(f"`{kind}`", 1)[1].split("`vn.entrance", 1)[0]

    assert sorted(first_column(table)) == sorted(rule["then"]["properties"]["data"]["properties"])
    assert kind in data.EVENT_TYPES


def test_the_topics_of_the_page_are_the_topics_of_the_code() -> None:
    named = first_column(section("## Topics"))

    of_one = [f"entrance/v1/{{kiosk}}/{channel}" for channel in topics.Channel]
    assert named == [*of_one, "entrance/v1/shared/{kind}"]
    assert f"{topics.HEALTH_EXPIRY_S} s" in section("## Topics")
    assert topics.KIOSK_ID.pattern in section("## Topics")


def test_every_refusal_and_every_state_of_the_uplink_is_explained() -> None:
    assert first_column(section("## Why a message is refused")) == list(Refusal)
    assert first_column(section("## What the uplink says of itself")) == [f for f in Fault if f]


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    assert f"{strict_json.MAX_BYTES:,} bytes" in section("## Messages")
    assert f"{strict_json.MAX_INTEGER:,}" in section("## Messages")
    assert strict_json.MAX_DEPTH == 6
    assert f"{receipts.MAX_ALSO} at most" in section("### Receipt")
    assert events.CONTENT_TYPE in section("### Event")
    for quality in TimeQuality:
        assert f"`{quality}`" in section("### Event")
