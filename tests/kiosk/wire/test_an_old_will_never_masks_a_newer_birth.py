import json
from dataclasses import replace

import pytest

from kiosk.wire import status
from kiosk.wire.errors import WireError
from kiosk.wire.status import Presence, Status, supersedes


@pytest.mark.parametrize(
    ("birth", "state", "replaces"),
    [
        (16, Presence.OFFLINE, False),  # the will of the connection before arrives late
        (16, Presence.ONLINE, False),
        (17, Presence.OFFLINE, True),  # its own will
        (17, Presence.ONLINE, True),  # the same again
        (18, Presence.ONLINE, True),
    ],
)
def test_only_this_or_a_later_connection_counts(
    online: Status, birth: int, state: Presence, replaces: bool
) -> None:
    new = replace(online, birth=birth, state=state)

    assert supersedes(new, online) is replaces


def test_the_first_status_and_a_kiosk_set_up_anew_always_count(online: Status) -> None:
    anew = replace(online, stream="0" * 32, boot=1, birth=1)

    assert supersedes(online, None)
    assert supersedes(anew, online)


@pytest.mark.parametrize(
    "change", [{"state": "asleep"}, {"birth": 0}, {"boot": "3"}, {"stream": ""}, {"at": 1}], ids=str
)
def test_a_status_that_is_none_is_refused(online: Status, change: dict[str, object]) -> None:
    message = json.loads(status.encode(online)) | change

    with pytest.raises(WireError):
        status.decode(json.dumps(message).encode())
