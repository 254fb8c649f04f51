import pytest

from kiosk.wire import updates
from kiosk.wire.errors import WireError
from kiosk.wire.updates import Offer, Rollout

OFFER = Offer("0.2.0-000000000002", "cp313", "aarch64", "0.2.0-000000000002.bundle", "0" * 64, 1000)
KIOSKS = [f"cho-{number}" for number in range(1000)]


def taking(share, name=OFFER.name):
    offer = Offer(name, "cp313", "aarch64", f"{name}.bundle", "0" * 64, 1000)
    rollout = Rollout(share, (offer,))
    return {kiosk for kiosk in KIOSKS if rollout.offer_for(kiosk, "cp313", "aarch64")}


@pytest.mark.parametrize(("share", "low", "high"), [(0, 0, 0), (10, 70, 130), (100, 1000, 1000)])
def test_so_many_of_the_kiosks_take_it_as_the_share_says(share, low, high):
    assert low <= len(taking(share)) <= high


def test_a_share_that_grows_drops_nobody():
    assert taking(5) < taking(20) < taking(80)


def test_other_doors_try_the_next_release_first():
    assert taking(10) != taking(10, "0.3.0-000000000003")


def test_a_kiosk_with_another_python_or_processor_takes_none():
    rollout = Rollout(100, (OFFER,))

    assert rollout.offer_for("cho-1", "cp311", "aarch64") is None
    assert rollout.offer_for("cho-1", "cp313", "x86_64") is None


def test_what_is_written_is_read_again():
    rollout = Rollout(12.5, (OFFER,))

    assert updates.rollout_of(updates.rollout_body(rollout)) == rollout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "0.2.0"),
        ("name", "../../etc-000000000002"),
        ("file", "../keys/receipt.key"),
        ("file", ".bundle"),
        ("python", "cp 313"),
        ("sha256", "0"),
        ("size", 0),
        ("size", "1000"),
    ],
)
def test_an_offer_that_does_not_hold_is_refused(name, value):
    body = updates.rollout_body(Rollout(100, (OFFER,)))
    body["releases"][0][name] = value

    with pytest.raises(WireError):
        updates.rollout_of(body)


@pytest.mark.parametrize("share", [-1, 101, "10", None, True])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(WireError):
        updates.rollout_of({"share_percent": share, "releases": []})
