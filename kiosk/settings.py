"""One TOML file -> frozen dataclasses; every error at once, with its line and a "did you mean".

The shape of the file is the shape of the dataclasses: a field that is a dataclass is a table, any other field a key.
Known types: bool, int, float, str, Path, StrEnum, tuple[str, ...]. A field's `metadata` may hold `min` and `max`.
Relative paths are taken from the folder of the file.
"""

import dataclasses
import difflib
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from kiosk.errors import ConfigError

T = TypeVar("T")
_HEADER = re.compile(r"^\s*\[\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")


def load(path: Path, shape: type[T]) -> T:
    """The settings in the file at `path`. Raise ConfigError with every problem in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: {error}"]) from error
    check = _Check(path, _lines(text))
    settings = check.table(shape, raw, "")
    if check.problems:
        raise ConfigError(check.problems)
    return typing.cast(T, settings)


def overlay(base: T, raw: Mapping[str, Any], source: Path) -> T:
    """`base` with the values of `raw`, table by table, in place of its own. Raise ConfigError naming `source`."""
    check = _Check(source, {})
    settings = check.over(base, raw, "")
    if check.problems:
        raise ConfigError(check.problems)
    return typing.cast(T, settings)


def _lines(text: str) -> dict[str, int]:
    """Where each `table.key` and each table stands, counted from 1."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[1] + "."
            found.setdefault(header[1], number)
        elif key := _KEY.match(line):
            found.setdefault(table + key[1], number)
    return found


class _Check:
    """Walks shape and file together and gathers what does not fit."""

    def __init__(self, path: Path, lines: dict[str, int]) -> None:
        self._path = path
        self._lines = lines
        self.problems: list[str] = []

    def table(self, shape: type, raw: dict[str, Any], prefix: str) -> object | None:
        fields = {field.name: field for field in dataclasses.fields(shape)}
        hints = typing.get_type_hints(shape)
        for name in raw.keys() - fields.keys():
            self._say(prefix + name, "is not a setting", _suggestion(name, list(fields)))
        values: dict[str, Any] = {}
        for name, field in fields.items():
            here = prefix + name
            if dataclasses.is_dataclass(hints[name]):
                inner = raw.get(name, {})
                if isinstance(inner, dict):
                    values[name] = self.table(typing.cast(type, hints[name]), inner, here + ".")
                else:
                    self._say(here, f"must be a table: [{here}]")
            elif name in raw:
                values[name] = self._value(here, hints[name], raw[name], field.metadata)
            elif (
                field.default is dataclasses.MISSING
                and field.default_factory is dataclasses.MISSING
            ):
                self._say(here, "is missing and has no default")
        return None if self.problems else shape(**values)

    def over(self, base: Any, raw: Mapping[str, Any], prefix: str) -> object:
        fields = {field.name: field for field in dataclasses.fields(base)}
        hints = typing.get_type_hints(type(base))
        values: dict[str, Any] = {}
        for name, value in raw.items():
            here = prefix + name
            if name not in fields:
                self._say(here, "is not a setting", _suggestion(name, list(fields)))
            elif not dataclasses.is_dataclass(hints[name]):
                values[name] = self._value(here, hints[name], value, fields[name].metadata)
            elif isinstance(value, dict):
                values[name] = self.over(getattr(base, name), value, here + ".")
            else:
                self._say(here, f"must be a table: [{here}]")
        return dataclasses.replace(base, **values)

    def _value(
        self, here: str, hint: Any, value: Any, limits: types.MappingProxyType[Any, Any]
    ) -> Any:
        wanted = _plain(hint)
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            return self._choice(here, wanted, value)
        if wanted is Path and isinstance(value, str):
            return (self._path.parent / value).absolute()
        if wanted is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        if type(value) is not wanted:
            self._say(here, f"must be {_in_words(wanted)}, not {value!r}")
            return None
        low, high = limits.get("min"), limits.get("max")
        if (low is not None and value < low) or (high is not None and value > high):
            self._say(here, f"must be between {low} and {high}, not {value!r}")
        return value

    def _choice(self, here: str, wanted: type[StrEnum], value: Any) -> Any:
        names = [str(member) for member in wanted]
        if value in names:
            return wanted(value)
        self._say(
            here, f"must be one of {', '.join(names)}, not {value!r}", _suggestion(value, names)
        )
        return None

    def _say(self, name: str, what: str, hint: str = "") -> None:
        line = self._lines.get(name) or self._lines.get(name.rpartition(".")[0])
        where = f"{self._path}:{line}" if line else f"{self._path}"
        self.problems.append(f"{where}: {name} {what}{hint}")


def _suggestion(name: object, known: list[str]) -> str:
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(sorted(known))}"


def _plain(hint: Any) -> Any:
    """`X | None` -> X, `tuple[str, ...]` -> tuple, anything else as it is."""
    if isinstance(hint, types.UnionType):
        hint = next(arg for arg in typing.get_args(hint) if arg is not types.NoneType)
    return typing.get_origin(hint) or hint


def _in_words(wanted: Any) -> str:
    return {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text in quotes",
        Path: "a path in quotes",
        tuple: "a list of texts",
    }[wanted]
