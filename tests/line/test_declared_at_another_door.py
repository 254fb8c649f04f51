"""A declaration goes up sealed, becomes tags, and comes down to every kiosk: within seconds, and into RAM only."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk.config import load
from kiosk.credentials import classify
from kiosk.rehearsal.people import Behaviour, Visitor, citizen_card
from kiosk.store.people import is_kept
from kiosk.store.tags import Tags

# what the issue asks of a new tag
PUSHED_S = 5.0


def test_who_declares_is_known_by_the_bare_card_at_every_door_within_seconds(running):
    config = load(running.site.kiosk_config)
    if not is_kept(config.people):
        pytest.skip("this machine has no RAM to keep people in (/dev/shm)")
    visitor = Visitor("somebody", citizen_card(1), Behaviour.DECLARES)
    running.crowd.play(visitor)
    declared_s = time.monotonic()
    today = datetime.now(ZoneInfo(config.kiosk.time_zone)).date()

    # every kiosk of the district fetches the same list, this one too: what it has fetched lies apart from its own
    with Tags(config.people) as fetched:
        known = running.until(lambda: fetched.knows(classify(visitor.code), today))

    assert known
    assert time.monotonic() - declared_s < PUSHED_S
    assert running.crowd.tally.unexpected == []
