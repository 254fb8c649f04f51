import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.declaration import Declaration, Risk
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme
from kiosk.privacy.pseudonym import new_key, pseudonym
from kiosk.store.declared import DeclaredPeople

NewDeclaration = Callable[..., Declaration]
NEW_CARD = Identifier(Scheme.CCCD, "001099000001")
OLD_CARD = Identifier(Scheme.CMND, "000000001")
PASSPORT = Identifier(Scheme.PASSPORT, "B0000001")


def somebody(*identifiers: Identifier) -> Identity:
    return Identity(CodeKind.CCCD, identifiers)


@pytest.fixture
def people() -> Iterator[DeclaredPeople]:
    with DeclaredPeople() as opened:
        yield opened


def test_who_has_declared_is_found_and_nobody_else(
    people: DeclaredPeople, new_declaration: NewDeclaration
) -> None:
    declaration = new_declaration(risk=Risk.DECLARED)

    people.remember(somebody(NEW_CARD), declaration)

    assert people.find(somebody(NEW_CARD)) == declaration
    assert people.find(somebody(OLD_CARD)) is None
    assert people.find(somebody(Identifier(Scheme.BHYT, NEW_CARD.value))) is None


def test_the_later_declaration_of_a_person_counts(
    people: DeclaredPeople, new_declaration: NewDeclaration
) -> None:
    people.remember(somebody(NEW_CARD), new_declaration())
    second = new_declaration()
    people.remember(somebody(NEW_CARD), second)

    assert people.find(somebody(NEW_CARD)) == second
    assert len(people) == 1


def test_a_declaration_ties_the_numbers_it_names(
    people: DeclaredPeople, new_declaration: NewDeclaration
) -> None:
    before = people.person_key(somebody(OLD_CARD))
    declaration = new_declaration()

    people.remember(somebody(NEW_CARD, OLD_CARD), declaration)

    assert people.find(somebody(OLD_CARD)) == declaration
    assert people.person_key(somebody(OLD_CARD)) == people.person_key(somebody(NEW_CARD))
    assert people.person_key(somebody(OLD_CARD)) != before


def test_two_people_who_turn_out_to_be_one_become_one(
    people: DeclaredPeople, new_declaration: NewDeclaration
) -> None:
    earlier, later, tying = new_declaration(), new_declaration(), new_declaration()
    people.remember(somebody(NEW_CARD), earlier)
    people.remember(somebody(OLD_CARD, PASSPORT), later)

    people.remember(somebody(NEW_CARD, OLD_CARD), tying)

    keys = {people.person_key(somebody(number)) for number in (NEW_CARD, OLD_CARD, PASSPORT)}
    assert len(keys) == 1
    assert people.find(somebody(PASSPORT)) == tying
    assert len(people) == 1


def test_a_code_with_two_untied_numbers_finds_the_newest_declaration(
    people: DeclaredPeople, new_declaration: NewDeclaration
) -> None:
    old, new = new_declaration(), new_declaration()
    later = Declaration(new.id, old.made_at + timedelta(hours=1), new.source, new.risk, 1)
    people.remember(somebody(NEW_CARD), old)
    people.remember(somebody(OLD_CARD), later)

    assert people.find(somebody(NEW_CARD, OLD_CARD)) == later


def test_a_person_has_one_key_for_as_long_as_this_memory_lives(people: DeclaredPeople) -> None:
    first = people.person_key(somebody(NEW_CARD))

    assert people.person_key(somebody(NEW_CARD)) == first
    assert people.person_key(somebody(OLD_CARD)) != first
    people.open()  # begun again, with another key
    assert people.person_key(somebody(NEW_CARD)) != first


def test_somebody_without_a_number_is_a_new_person_every_time(
    people: DeclaredPeople, new_declaration: NewDeclaration
) -> None:
    people.remember(somebody(), new_declaration())

    assert people.person_key(somebody()) != people.person_key(somebody())
    assert people.find(somebody()) is None
    assert len(people) == 0


def test_old_declarations_are_forgotten_with_their_numbers(
    people: DeclaredPeople, new_declaration: NewDeclaration
) -> None:
    old, recent = new_declaration(), new_declaration()
    now = old.made_at + timedelta(hours=30)
    fresh = Declaration(recent.id, now, recent.source, recent.risk, 1)
    people.remember(somebody(NEW_CARD, OLD_CARD), old)
    people.remember(somebody(PASSPORT), fresh)

    assert people.purge(now, keep=timedelta(hours=24)) == 1
    assert people.find(somebody(OLD_CARD)) is None
    assert people.find(somebody(PASSPORT)) == fresh
    assert people.person_key(somebody(OLD_CARD)) != people.person_key(somebody(NEW_CARD))


def test_a_closed_memory_answers_nothing(people: DeclaredPeople) -> None:
    people.close()

    with pytest.raises(RuntimeError):
        people.find(somebody(NEW_CARD))


def test_nobody_is_written_to_any_disk(
    people: DeclaredPeople, new_declaration: NewDeclaration, tmp_path: Path
) -> None:
    for number in range(3_000):
        card = Identifier(Scheme.CCCD, f"001099{number:06}")
        people.remember(somebody(card), new_declaration())

    opened = [Path(link).resolve() for link in Path("/proc/self/fd").iterdir()]
    assert not [p for p in opened if p.is_file() and "etilqs" in p.name]  # SQLite's own spill files
    assert not list(Path(tempfile.gettempdir()).glob("etilqs*"))


def test_a_pseudonym_depends_on_key_scheme_and_value_and_runs_nothing_together() -> None:
    key = new_key()

    names = {
        pseudonym(key, "cccd", "1"),
        pseudonym(key, "cmnd", "1"),
        pseudonym(key, "cccd", "2"),
        pseudonym(key, "cccd1", ""),
        pseudonym(new_key(), "cccd", "1"),
    }

    assert len(names) == 5
    assert pseudonym(key, "cccd", "1") in names
    assert {len(name) for name in names} == {32}
