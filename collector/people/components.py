"""Who is one person: what ties hold together. Pure."""

from collections.abc import Iterable, Sequence


def components(members: Iterable[bytes], ties: Iterable[tuple[bytes, bytes]]) -> list[list[bytes]]:
    """The members of each part, the largest part first; of two alike, that with the lowest member."""
    parent = {each: each for each in members}

    def root(each: bytes) -> bytes:
        while parent[each] != each:
            parent[each] = each = parent[parent[each]]
        return each

    for a, b in ties:
        parent[root(a)] = root(b)
    parts: dict[bytes, list[bytes]] = {}
    for each in sorted(parent):
        parts.setdefault(root(each), []).append(each)
    return sorted(parts.values(), key=lambda part: (-len(part), part[0]))


def ties_of(people: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """What a declaration with these pseudonyms ties: the lowest to each other one."""
    first, *others = sorted(set(people)) or [b""]
    return [(first, other) for other in others]
