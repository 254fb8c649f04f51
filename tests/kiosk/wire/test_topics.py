import pytest

from kiosk.wire import topics
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.topics import Channel


def test_a_topic_names_its_kiosk_and_channel() -> None:
    text = topics.topic("cho-1", Channel.EVENT)

    assert text == "entrance/v1/cho-1/event"
    assert topics.parse(text) == ("cho-1", Channel.EVENT)
    assert topics.pattern(Channel.EVENT) == "entrance/v1/+/event"


@pytest.mark.parametrize("kiosk", ["", "+", "#", "a/b", "Cho", "chợ", "a" * 41, "a b", "a\n"])
def test_a_name_that_would_reach_another_topic_is_no_kiosk(kiosk: str) -> None:
    with pytest.raises(WireError) as caught:
        topics.topic(kiosk, Channel.EVENT)

    assert caught.value.reason is Refusal.BAD_TOPIC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "entrance/v1/cho-1",
        "entrance/v1/cho-1/event/x",
        "entrance/v2/cho-1/event",
        "other/v1/cho-1/event",
        "entrance/v1/cho-1/Event",
        "entrance/v1/CHO/event",
        "/entrance/v1/cho-1/event",
        "$SYS/broker/uptime",
    ],
)
def test_any_other_topic_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        topics.parse(text)
