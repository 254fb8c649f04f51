"""Somebody without a phone: declares, takes the slip, and holds it up."""

import json
import urllib.request

from hardware.stage import Scene
from kiosk.rehearsal.people import citizen_card
from kiosk.rehearsal.pictures import phone
from kiosk.simulation.touch import Declarer


def test_the_slip_from_the_printer_is_known_at_the_door(running):
    bench = running.site.url(running.site.ports.bench)
    running.stage.show(Scene.of_luma(phone(citizen_card(1)), hold_s=4.0, scale=0.7))
    missing = running.screen.wait(lambda shown: shown["screen"] == "missing", -1, 20.0)

    Declarer(running.site.ports.screen).declare(missing["seq"], symptoms=False, wants_slip=True)
    accepted = running.screen.wait(
        lambda shown: shown["screen"] == "accepted", missing["seq"], 20.0
    )
    running.until(lambda: _get(f"{bench}/now.json")["slip"] == 1)
    with urllib.request.urlopen(f"{bench}/slip-1.png", timeout=10) as answer:  # noqa: S310 - our own
        slip = answer.read()
    running.stage.show(Scene(slip, hold_s=6.0, scale=0.95))

    # the same person, by another code: known, and no second visit
    known = running.screen.wait(
        lambda shown: shown["screen"] == "already_recorded", accepted["seq"], 20.0
    )
    assert known is not None
    assert len(running.ledger(2)) == 2


def _get(address):
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own
        return json.load(answer)
