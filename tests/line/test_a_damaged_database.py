import os
import signal

import pytest

from kiosk.rehearsal.people import visitor
from kiosk.simulation import site

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]


def test_a_damaged_database_is_set_aside_told_to_staff_and_the_door_goes_on(running):
    running.crowd.play(visitor(0))
    running.ledger(2)
    _stop_and_damage(running)
    running.until(lambda: running.screen.boots > 1)
    running.screen.wait(lambda state: state["screen"] == "idle", -1, 20)

    running.crowd.play(visitor(1))

    state = running.site.root / "kiosk" / "state"
    assert list(state.glob("state.db.set-aside-*")), sorted(path.name for path in state.iterdir())
    assert len(running.ledger(4)) == 4
    assert running.crowd.tally.unexpected == []
    assert running.until(lambda: _notices(running))


def _notices(running):
    events = site.ledger_events(running.site)
    return [event for event in events if ".notice." in event["type"]]


def _stop_and_damage(running):
    """The loop is killed, and its file is overwritten before it is started again."""
    database = running.site.root / "kiosk" / "state" / "state.db"
    kiosk = running.child("kiosk")
    os.kill(kiosk.pid, signal.SIGKILL)
    # the log beside it as well: a page that is still there heals the one in the database
    for damaged in (database, database.with_name("state.db-wal")):
        with damaged.open("r+b") as file:
            file.write(b"\xff" * damaged.stat().st_size)
