from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.wire import data, events
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.ids import uuid7

words = st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True)
aware = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=7))]),
)
visits = st.builds(
    data.VisitData,
    words,
    words,
    words,
    words,
    st.none() | st.builds(uuid7, st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10)),
)


@settings(deadline=None)  # a loaded machine is no fault of the contract
@given(data=visits, seq=st.integers(1, 2**31 - 1), ns=st.integers(0, 10**18), at=aware)
def test_every_visit_arrives_as_it_was_made(
    data: data.VisitData, seq: int, ns: int, at: datetime
) -> None:
    event = events.Event(
        id=uuid7(1, bytes(10)),
        kiosk="k",
        type="vn.entrance.visit.v1",
        at=at.astimezone(UTC),
        time_quality="unknown",
        stream="0" * 32,
        seq=seq,
        boot_id="00000000-0000-0000-0000-000000000000",
        boottime_ns=ns,
        data=data,
    )

    assert events.decode(events.encode(event), "k") == event


@pytest.mark.parametrize("name", ["visit_event", "declaration_event", "notice_event"])
def test_each_type_arrives_as_it_was_made(name: str, request: pytest.FixtureRequest) -> None:
    event: events.Event = request.getfixturevalue(name)

    again = events.decode(events.encode(event), event.kiosk)

    assert again == event
    assert events.event_type(again.data) == event.type


def test_what_a_newer_kiosk_adds_is_kept_and_goes_on(visit_event: events.Event) -> None:
    newer = replace(visit_event, extra={"chain": "ab", "depth": {"a": [1, None]}})

    again = events.decode(events.encode(newer), newer.kiosk)

    assert again.extra == {"chain": "ab", "depth": {"a": [1, None]}}


def test_an_unknown_type_keeps_its_data_or_its_lack_of_data(visit_event: events.Event) -> None:
    nothing = replace(visit_event, type="vn.entrance.anchor.v1", data=data.UnknownData())
    something = replace(nothing, data=data.UnknownData({"a": 1}, present=True))

    assert events.decode(events.encode(nothing), nothing.kiosk) == nothing
    assert events.decode(events.encode(something), nothing.kiosk) == something


def test_an_extra_attribute_cannot_replace_a_real_one(visit_event: events.Event) -> None:
    forged = replace(visit_event, extra={"seq": 99, "source": "/kiosk/other"})

    again = events.decode(events.encode(forged), visit_event.kiosk)

    assert (again.seq, again.kiosk) == (visit_event.seq, visit_event.kiosk)


def test_an_event_too_large_for_the_contract_is_not_sent(visit_event: events.Event) -> None:
    with pytest.raises(WireError) as caught:
        events.encode(replace(visit_event, extra={"padding": "x" * 8_192}))

    assert caught.value.reason is Refusal.TOO_LARGE


def test_data_of_no_known_type_has_no_type_of_its_own() -> None:
    with pytest.raises(WireError):
        events.event_type(data.UnknownData())
