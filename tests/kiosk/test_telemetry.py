from kiosk.domain import happenings, machine
from kiosk.telemetry import Telemetry


def test_advice_is_counted_by_reason_and_told_as_shares() -> None:
    telemetry = Telemetry()
    for reason in ("too_far", "too_far", "too_far", "glare"):
        telemetry.count("guidance", reason)
    telemetry.count("accepted", "kiosk_form")

    told = telemetry.snapshot()

    assert told["guidance_shares"] == {"too_far": 0.75, "glare": 0.25}
    assert told["outcomes"] == {"guidance": 4, "accepted": 1}


def test_nothing_counted_yet_is_no_share_and_no_percentile() -> None:
    told = Telemetry().snapshot()

    assert told["guidance_shares"] == {}
    assert told["scan_to_light_ms_p50"] is None


def test_what_the_machine_counts_for_advice_is_what_is_counted_here() -> None:
    telemetry = Telemetry()

    _, effects = machine.step(machine.State(), happenings.Motion("hold_still"), 1.0)
    for effect in effects:
        if isinstance(effect, happenings.Count):
            telemetry.count(effect.outcome, effect.reason)

    assert telemetry.snapshot()["guidance_shares"] == {"hold_still": 1.0}


def test_percentiles_are_of_the_newest_timings() -> None:
    telemetry = Telemetry()
    telemetry.scan_to_light_ms.extend(range(1000))

    told = telemetry.snapshot()

    assert told["scan_to_light_ms_p50"] == 750
    assert told["scan_to_light_ms_p95"] == 975
