"""Persons by number, of a ledger that had none: the pseudonyms that ties hold together share the lowest. Pure."""

from collections.abc import Iterable


def numbered(people: Iterable[bytes], ties: Iterable[tuple[bytes, bytes]]) -> dict[bytes, int]:
    """From 1."""
    number = {who: at for at, who in enumerate(people, 1)}
    members = {at: [who] for who, at in number.items()}
    for a, b in ties:
        older, newer = sorted((number[a], number[b]))
        if older != newer:
            for who in members[newer]:
                number[who] = older
            members[older] += members.pop(newer)
    return number
