"""Communes of the 34 provinces since July 2025, found by their new names and by the old ones people still say.

Names are compared folded (small letters, no marks, đ as d) and shown in full: folded names collide. What is kept is the
code. The table and its licence are in communes.json, which `make_communes` writes.
"""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

_TYPES = re.compile(
    r"^(?:xa|phuong|thi tran|dac khu|huyen|quan|thi xa|thanh pho|tinh|tp|tx|tt) (?=\D)"
)


class _Folded(dict[int, str]):
    """For `str.translate`: what one sign becomes. Filled as signs are met."""

    def __missing__(self, sign: int) -> str:
        # NFD does not take the bar off đ
        bare = unicodedata.normalize("NFD", chr(sign).replace("đ", "d"))[0]
        self[sign] = bare if bare.isascii() and bare.isalnum() else " "
        return self[sign]


_FOLDED = _Folded()


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, a ward or a special zone. `code` has five digits."""

    code: str
    name: str
    province: str

    @property
    def full_name(self) -> str:
        return f"{self.name}, {self.province}"


@dataclass(frozen=True, slots=True)
class Found:
    """`old_name` is what it was found by, when that is not its own name."""

    commune: Commune
    old_name: str = ""

    @property
    def told_by(self) -> str:
        """What stands below its name: the old unit and its district, or the province."""
        return self.old_name.rpartition(", ")[0] or self.commune.province


@dataclass(frozen=True, slots=True)
class _Entry:
    words: str  # folded, with a space before and after every word
    own: str  # the folded name without its type
    found: Found


@cache
def all_places() -> "Places":
    """The shipped table; about 14,000 names."""
    text = resources.files("kiosk.questions").joinpath("communes.json").read_text("utf-8")
    return Places(json.loads(text)["provinces"])


class Places:
    def __init__(self, provinces: Iterable[dict[str, object]]) -> None:
        self._by_code: dict[str, Commune] = {}
        self._entries: list[_Entry] = []
        self._named: dict[str, list[Commune]] = defaultdict(list)
        self._codes: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self._of_district: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._districts: dict[str, list[tuple[str, str]]] = {}
        for province in provinces:
            for commune, former in _communes(province):
                self._by_code[commune.code] = commune
                self._add(commune, former)

    def __iter__(self) -> Iterator[Commune]:
        return iter(self._by_code.values())

    def by_code(self, code: str) -> Commune | None:
        return self._by_code.get(code)

    def search(self, text: str, near: str = "", most: int = 6) -> list[Found]:
        """The likeliest communes for what somebody has typed so far, those of the province `near` first."""
        words = fold(text).split()
        if not words:
            return []
        wanted = [f" {word} " if word.isdigit() else f" {word}" for word in words]
        hits = [e for e in self._entries if all(word in e.words for word in wanted)]
        hits.sort(key=lambda entry: _rank(entry, " ".join(words), near))
        best: dict[str, Found] = {}
        for entry in hits:
            best.setdefault(entry.found.commune.code, entry.found)
            if len(best) == most:
                break
        return list(best.values())

    def all_named(self, text: str) -> list[Commune]:
        """Every commune of just this name, with or without its province."""
        return list(dict.fromkeys(self._named.get(fold(text), [])))

    def districts(self, code: str) -> list[str]:
        """Names of the old districts this commune was made from, that of most of its old units first."""
        return list(dict.fromkeys(name for name, _ in self._districts.get(code, [])))

    def around(self, code: str) -> list[str]:
        """Codes of the communes that share an old district with this one, which comes first."""
        near = [code]
        for district in self._districts.get(code, []):
            near += self._of_district[district]
        return list(dict.fromkeys(near))

    def named(self, text: str, near: str = "") -> Commune | None:
        """The one commune of just this name, with or without its province; of several, the one in `near`."""
        named = self._named.get(fold(text), [])
        here = [commune for commune in named if commune.province == near]
        return named[0] if len(named) == 1 else here[0] if len(here) == 1 else None

    def proposed(self, address: str) -> Commune | None:
        """The commune that the address on a card names, if it names exactly one. Cards before 2025 hold the old units,
        some of which have been divided since: then it is for their holder to say."""
        parts = [_bare(part) for part in address.split(",")]
        for length in (3, 2):  # commune, district, province; or commune, province
            codes = self._codes.get(tuple(parts[-length:]))
            if len(parts) >= length and codes:
                return self._by_code[next(iter(codes))] if len(codes) == 1 else None
        return None

    def _add(self, commune: Commune, former: list[tuple[str, str, str]]) -> None:
        self._entries.append(_entry(f"{commune.name} {commune.province}", commune.name, commune))
        # that of most of its old units first: a few may have come over from another
        districts = Counter((district, province) for _, district, province in former)
        self._districts[commune.code] = [old for old, _ in districts.most_common()]
        for old in districts:
            self._of_district[old].append(commune.code)
        self._codes[_bare(commune.name), _bare(commune.province)].add(commune.code)
        self._named[fold(commune.name)].append(commune)
        self._named[fold(commune.full_name)].append(commune)
        for unit, district, province in former:
            words = f"{unit} {district} {province}"
            old_name = f"{unit}, {district}, {province}"
            self._entries.append(_entry(words, unit, commune, old_name))
            self._codes[_bare(unit), _bare(district), _bare(province)].add(commune.code)
            self._codes[_bare(unit), _bare(province)].add(commune.code)


def fold(text: str) -> str:
    """`Phường Trà Vinh` -> `phuong tra vinh`."""
    composed = unicodedata.normalize("NFC", text.lower())
    return " ".join(composed.translate(_FOLDED).split())


@cache
def _bare(name: str) -> str:
    """The folded name without its type, which the cards leave out; `Phường 7` stays, or it would be nothing but 7."""
    return _TYPES.sub("", fold(name))


def _entry(words: str, own: str, commune: Commune, old_name: str = "") -> _Entry:
    return _Entry(f" {fold(words)} ", _bare(own), Found(commune, old_name))


def _rank(entry: _Entry, typed: str, near: str) -> tuple[bool, bool, int, bool, int, str]:
    bare = _TYPES.sub("", typed)
    begins = entry.own.startswith(bare) or set(entry.own.split()) <= set(typed.split())
    closeness = 0 if entry.own == bare else 1 if begins else 2
    commune = entry.found.commune
    old = bool(entry.found.old_name)
    far = commune.province != near
    return (closeness > 1, far, closeness, old, len(commune.name), commune.code)


def _communes(province: dict[str, object]) -> Iterator[tuple[Commune, list[tuple[str, str, str]]]]:
    name, districts, communes = (province[key] for key in ("name", "districts", "communes"))
    if not (isinstance(districts, list) and isinstance(communes, list)):
        raise ValueError("communes.json: a province without its lists")
    for code, commune, former in communes:
        units = [(unit, *districts[at].rsplit(", ", 1)) for unit, at in former]
        yield Commune(code, commune, str(name)), units
