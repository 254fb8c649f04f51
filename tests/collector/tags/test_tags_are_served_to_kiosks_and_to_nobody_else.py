import http.client
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import authority
from collector.config import BrokerSection, DevicesSection
from collector.tags.endpoint import DeviceEndpoint
from collector.tags.store import Declared, TagStore
from kiosk.domain.declaration import Risk
from kiosk.domain.identity import Identifier, Scheme
from kiosk.privacy.parts import Link
from kiosk.privacy.tags import tag
from kiosk.wire import tag_pages
from kiosk.wire.errors import WireError

# ten in the morning of 24 November in Trà Vinh
MADE_AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
A_DAY = timedelta(hours=24)
CARD, OLD_CARD = Identifier(Scheme.CCCD, "084090000000"), Identifier(Scheme.CMND, "330000000")
HOA = Link((CARD, OLD_CARD), "thach thi hoa", "1990")


def declare(
    tags: TagStore,
    link: Link,
    made_at: datetime,
    valid: timedelta,
    risk: Risk,
    today: date,
    district: str = "",
    people: Sequence[bytes] = (),
) -> None:
    tags.declared([Declared(link, made_at, valid, risk, district, people)], today)


@pytest.fixture
def tags(tmp_path: Path) -> TagStore:
    return TagStore(tmp_path / "tags.db")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The certificates of the endpoint and of a kiosk that is let in and one that is not."""
    authority.create(tmp_path / "authority")
    authority.issue(tmp_path / "authority", "devices", tmp_path, ["127.0.0.1"])
    for kiosk in ("cho-1", "stolen-1"):
        authority.issue(tmp_path / "authority", kiosk, tmp_path)
    return tmp_path


@pytest.fixture
def endpoint(folder: Path, tags: TagStore) -> Iterator[DeviceEndpoint]:
    section = DevicesSection(
        port=0, certificate_file=folder / "devices.pem", key_file=folder / "devices.key"
    )
    tls = BrokerSection(ca_file=folder / "ca.pem")
    with DeviceEndpoint(section, tls, tags, {"cho-1": ""}.get) as serving:
        yield serving


def fetch(
    endpoint: DeviceEndpoint, folder: Path, kiosk: str, path: str, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if kiosk:
        context.load_cert_chain(folder / f"{kiosk}.pem", folder / f"{kiosk}.key")
    connection = http.client.HTTPSConnection("127.0.0.1", endpoint.port, timeout=5, context=context)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("ETag", ""), answer.read()
    finally:
        connection.close()


def test_who_declares_is_known_on_every_day_that_it_stays_valid(tags: TagStore) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)

    pages = {day: tags.page(day, "", 0, 10) for day in (TODAY, TOMORROW)}

    for page in pages.values():
        assert page is not None
        expected = [
            (tag(page.key, each, "1990", "thach thi hoa"), False) for each in HOA.identifiers
        ]
        assert page.entries == expected
    assert tags.page(TOMORROW + timedelta(days=1), "", 0, 10) is None


def test_a_declaration_that_comes_late_makes_no_tags_of_days_that_are_over(tags: TagStore) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TOMORROW)

    assert tags.counts() == {"2026-11-25": 2}


def test_no_two_days_share_a_key(tags: TagStore) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)

    today, tomorrow = tags.page(TODAY, "", 0, 1), tags.page(TOMORROW, "", 0, 1)

    assert today is not None
    assert tomorrow is not None
    assert today.key != tomorrow.key


def test_to_declare_twice_adds_nothing(tags: TagStore) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)

    assert tags.counts() == {"2026-11-24": 2, "2026-11-25": 2}


def test_who_is_erased_is_withdrawn_by_their_pseudonym_on_every_day_and_in_every_district(
    tags: TagStore,
) -> None:
    who, other = b"p" * 16, b"q" * 16
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY, "cang-long", [who, b"r" * 16])
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY, "tra-cu", [who])
    neighbour = Link((Identifier(Scheme.CCCD, "084090000001"),), "thach thi buoi", "1990")
    declare(tags, neighbour, MADE_AT, A_DAY, Risk.NONE, TODAY, "tra-cu", [other])

    assert tags.withdraw([who]) == 8  # two numbers, two days, two districts

    for day in (TODAY, TOMORROW):
        near, far = (tags.page(day, place, 0, 100) for place in ("cang-long", "tra-cu"))
        assert near is not None
        assert [is_gone for _, is_gone in near.entries] == [False, False, True, True]
        assert far is not None
        assert [is_gone for _, is_gone in far.entries] == [False, False, False, True, True]
    assert tags.withdraw([who]) == 0


def test_a_declared_risk_is_never_published_and_takes_back_what_stands(tags: TagStore) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)

    declare(tags, HOA, MADE_AT, A_DAY, Risk.DECLARED, TODAY)

    page = tags.page(TODAY, "", 2, 10)
    assert page is not None
    assert [withdrawn for _, withdrawn in page.entries] == [True, True]


def test_a_risk_of_somebody_unknown_says_nothing(tags: TagStore) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.DECLARED, TODAY)

    assert tags.counts() == {}


def test_days_that_are_over_go_with_their_keys(tags: TagStore, tmp_path: Path) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)
    page = tags.page(TODAY, "", 0, 1)

    gone = tags.forget_before(TOMORROW)

    assert gone == 1
    assert tags.page(TODAY, "", 0, 1) is None
    assert page is not None
    assert page.key not in b"".join(path.read_bytes() for path in tmp_path.glob("tags.db"))


def test_districts_do_not_see_each_other(tags: TagStore) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY, "cang-long")

    elsewhere = tags.page(TODAY, "tra-cu", 0, 10)

    assert elsewhere is not None
    assert elsewhere.entries == []


def test_a_kiosk_fetches_and_goes_on_where_it_stopped(
    endpoint: DeviceEndpoint, folder: Path, tags: TagStore
) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)

    status, _, body = fetch(endpoint, folder, "cho-1", "/v1/tags/2026-11-24?from=1", {})

    page = tag_pages.decode(body)
    assert status == 200
    assert (page.position, page.count, len(page.entries)) == (1, 2, 1)
    assert page.entries[0][0] == tag(page.key, OLD_CARD, "1990", "thach thi hoa")


def test_what_has_not_changed_is_not_sent_again(
    endpoint: DeviceEndpoint, folder: Path, tags: TagStore
) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)
    _, mark, _ = fetch(endpoint, folder, "cho-1", "/v1/tags/2026-11-24", {})

    status, _, body = fetch(
        endpoint, folder, "cho-1", "/v1/tags/2026-11-24", {"If-None-Match": mark}
    )

    assert (status, body) == (304, b"")


def test_whoever_has_no_certificate_does_not_get_in(endpoint: DeviceEndpoint, folder: Path) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
        fetch(endpoint, folder, "", "/v1/tags/2026-11-24", {})


def test_a_kiosk_that_was_let_go_is_refused_with_its_good_certificate(
    endpoint: DeviceEndpoint, folder: Path, tags: TagStore
) -> None:
    declare(tags, HOA, MADE_AT, A_DAY, Risk.NONE, TODAY)

    status, _, body = fetch(endpoint, folder, "stolen-1", "/v1/tags/2026-11-24", {})

    assert (status, body) == (403, b"")


@pytest.mark.parametrize(
    "path", ["/", "/v1/tags/", "/v1/tags/today", "/v1/tags/2026-11-24?from=-1", "/v1/tags/../x"]
)
def test_whatever_else_is_asked_is_not_there(
    endpoint: DeviceEndpoint, folder: Path, path: str
) -> None:
    assert fetch(endpoint, folder, "cho-1", path, {})[0] == 404


@given(st.binary(max_size=200))
def test_garbage_is_no_page(garbage: bytes) -> None:
    for payload in (garbage, b"VKT1" + garbage):
        try:
            page = tag_pages.decode(payload)
        except WireError:
            continue

        assert tag_pages.encode(page) == payload
