import timeit
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from kiosk.domain.declaration import Declaration
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme
from kiosk.domain.names import folded_name
from kiosk.privacy.tags import tag
from kiosk.store.declared import DeclaredPeople
from kiosk.store.people import is_kept
from kiosk.store.tags import Entry, Tags

NewDeclaration = Callable[..., Declaration]
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
KEY, OTHER_KEY = bytes(32), b"k" * 32
HOA = Identity(
    CodeKind.CCCD,
    (Identifier(Scheme.CCCD, "084090000000"), Identifier(Scheme.CMND, "330000000")),
    name="Thạch Thị Hoa",
    birth="1990-02-03",
)


@pytest.fixture
def tags(in_ram: Path) -> Iterator[Tags]:
    with Tags(in_ram) as opened:
        yield opened


def entry_of(
    identity: Identity, number: int, *, key: bytes = KEY, withdrawn: bool = False
) -> Entry:
    identifier = identity.identifiers[number]
    year, name = identity.birth[:4], folded_name(identity.name)
    return Entry(tag(key, identifier, year, name), withdrawn)


def test_who_declared_here_is_known_after_a_restart_of_the_service(
    in_ram: Path, new_declaration: NewDeclaration
) -> None:
    declaration = new_declaration()
    with DeclaredPeople(in_ram) as people:
        people.remember(HOA, declaration)
        person = people.person_key(HOA)

    with DeclaredPeople(in_ram) as again:
        assert again.find(HOA) == declaration
        assert again.person_key(HOA) == person


def test_people_are_never_written_to_a_disk(
    tmp_path: Path, new_declaration: NewDeclaration
) -> None:
    if is_kept(tmp_path / "people.db"):
        pytest.skip("the folder for temporary files lies in RAM on this machine")

    with DeclaredPeople(tmp_path / "people.db") as people:
        people.remember(HOA, new_declaration())

    assert list(tmp_path.iterdir()) == []


def test_a_damaged_memory_is_begun_anew(in_ram: Path) -> None:
    in_ram.write_bytes(b"no database at all" * 300)

    with DeclaredPeople(in_ram) as people:
        assert people.find(HOA) is None


def test_a_tag_is_known_by_any_of_the_numbers_on_its_day_only(tags: Tags) -> None:
    tags.extend(TODAY, KEY, 0, [entry_of(HOA, 1)])

    assert tags.knows(HOA, TODAY)
    assert not tags.knows(HOA, TOMORROW)


@pytest.mark.parametrize("other", ["name", "birth", "number"])
def test_the_same_number_with_another_name_or_year_is_somebody_else(tags: Tags, other: str) -> None:
    tags.extend(TODAY, KEY, 0, [entry_of(HOA, 0)])
    stranger = {
        "name": Identity(CodeKind.CCCD, HOA.identifiers, name="Sơn Văn Hoa", birth=HOA.birth),
        "birth": Identity(CodeKind.CCCD, HOA.identifiers, name=HOA.name, birth="1991"),
        "number": Identity(
            CodeKind.CCCD,
            (Identifier(Scheme.CCCD, "084090000001"),),
            name=HOA.name,
            birth=HOA.birth,
        ),
    }[other]

    assert not tags.knows(stranger, TODAY)


def test_the_loop_sees_what_the_uplink_has_fetched(in_ram: Path, tags: Tags) -> None:
    with Tags(in_ram) as of_the_uplink:
        of_the_uplink.extend(TODAY, KEY, 0, [entry_of(HOA, 0)])

    assert tags.knows(HOA, TODAY)


def test_a_tag_that_is_withdrawn_is_known_no_longer(tags: Tags) -> None:
    tags.extend(TODAY, KEY, 0, [entry_of(HOA, 0)])

    tags.extend(TODAY, KEY, 1, [entry_of(HOA, 0, withdrawn=True)])

    assert not tags.knows(HOA, TODAY)
    assert tags.state(TODAY) == (KEY, 2)


def test_a_day_under_another_key_begins_anew(tags: Tags) -> None:
    tags.extend(TODAY, KEY, 0, [entry_of(HOA, 0)])

    tags.extend(TODAY, OTHER_KEY, 0, [])

    assert tags.state(TODAY) == (OTHER_KEY, 0)
    assert not tags.knows(HOA, TODAY)
    assert len(tags) == 0


def test_days_that_are_over_are_forgotten(tags: Tags) -> None:
    tags.extend(TODAY, KEY, 0, [entry_of(HOA, 0)])
    tags.extend(TOMORROW, KEY, 0, [entry_of(HOA, 0)])

    tags.forget_before(TOMORROW)

    assert not tags.knows(HOA, TODAY)
    assert tags.knows(HOA, TOMORROW)


def test_a_hundred_thousand_people_are_looked_up_in_a_tenth_of_a_millisecond(tags: Tags) -> None:
    tags.extend(TODAY, KEY, 0, [Entry(n.to_bytes(5, "big"), False) for n in range(100_000)])

    # the quickest of many short goes: a busy machine takes breaks in between
    fastest_s = min(timeit.repeat(lambda: tags.knows(HOA, TODAY), number=5, repeat=200)) / 5

    assert fastest_s < 100e-6
