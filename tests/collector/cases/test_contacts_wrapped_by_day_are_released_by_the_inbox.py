"""As it runs: the inbox wraps contacts by day, the office asks it by its socket, the officer opens what comes."""

import pytest

from collector import config
from collector.cases import bundle as bundles
from collector.cases import opening
from collector.cases.desk_of import desk_of
from collector.days import day_of, ms_of
from collector.errors import CollectorError
from collector.inbox import wrapping
from collector.inbox.day_keys import DayKeys
from collector.inbox.people_socket import PeopleSocket
from tests.collector.conftest import in_both

HOA = {"name": "Thạch Thị Mẫu", "phone": "0900000000"}
PASSPHRASE = b"a dozen lotus ponds"
REASON = "gọi người cùng chuyến chợ"


@pytest.fixture
def days(province) -> DayKeys:
    return DayKeys(province.folder / "day-keys")


@pytest.fixture
def inbox(province, days):
    path = province.folder / "people.sock"
    with PeopleSocket(path, lambda: None, lambda asked: wrapping.answer(asked, days)):
        yield


@pytest.fixture
def office(province):
    path = province.folder / "collector.toml"
    path.write_text(
        f"{province.store.settings}[audit]\nfile = 'audit.db'\n"
        "[cases]\nfile = 'cases.db'\nrelease_key_file = 'release.key'\n"
        "[inbox]\npeople_socket = 'people.sock'\nday_keys_folder = 'day-keys'\n"
    )
    return desk_of(config.load(path))


def approved(province, office) -> str:
    request = office.ask("an.mau", province.case(), REASON, [7], [])
    office.approve("binh.mau", request.id)
    return request.id


def opened(province, payload: bytes):
    bundle = bundles.parse(payload, bundles.office_key(province.folder / "release.pub"))
    key = opening.tracing_key(province.key, PASSPHRASE)
    return opening.open_all(bundle, key, province.now)


@in_both
def test_what_was_wrapped_comes_to_the_officer_as_its_kiosk_has_sealed_it(
    province, days, inbox, office
) -> None:
    province.keep = lambda batch: wrapping.wrapped(batch, days, province.now)
    province.visit(7, HOA)

    (contact,) = opened(province, office.bundle("an.mau", approved(province, office)))

    assert (contact.known["name"], contact.known["phone"]) == ("Thạch Thị Mẫu", "0900000000")


def test_when_the_key_of_the_day_is_gone_the_officer_is_told_and_sees_nothing(
    province, days, inbox, office
) -> None:
    province.keep = lambda batch: wrapping.wrapped(batch, days, province.now)
    province.visit(7, HOA)
    days.destroy(day_of(ms_of(province.now)))

    (contact,) = opened(province, office.bundle("an.mau", approved(province, office)))

    assert (contact.why, dict(contact.known)) == ("day_key_gone", {})
    assert "khóa ngày đã hủy" in opening.cells(contact)[-1]


def test_while_the_inbox_does_not_answer_no_bundle_is_made_and_it_can_be_taken_later(
    province, days, office
) -> None:
    province.keep = lambda batch: wrapping.wrapped(batch, days, province.now)
    province.visit(7, HOA)
    request = approved(province, office)

    with pytest.raises(CollectorError, match="inbox"):
        office.bundle("an.mau", request)

    assert province.cases.release(request).made_at is None
    path = province.folder / "people.sock"
    with PeopleSocket(path, lambda: None, lambda asked: wrapping.answer(asked, days)):
        (contact,) = opened(province, office.bundle("an.mau", request))
    assert contact.why == ""
