"""A question file -> QuestionSet, with every fault in it told at once."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.languages import ALWAYS, LANGUAGES
from kiosk.questions.shape import CHOSEN, PERSONAL, Kind, Option, Question, QuestionSet, Text

SHIPPED = Path(__file__).parent / "national_2021.toml"
_ID = re.compile(r"[a-z][a-z0-9_]{0,30}")
# addresses of the form's own pages
_RESERVED = frozenset({"consent", "check", "pass", "done", "another", "found", "touch", "leave"})


class QuestionsError(ValueError):
    """The file is no usable question set. `problems` holds one line for each fault, with the question's id."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.problems = problems


@cache
def shipped() -> QuestionSet:
    """The national set of 2021."""
    return load(SHIPPED)


def load(path: Path) -> QuestionSet:
    """Raise QuestionsError when the file cannot be read or does not hold together."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise QuestionsError(path, [f"cannot be read ({error.strerror})"]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise QuestionsError(path, [str(error)]) from error
    return parse(raw, path)


def parse(raw: dict[str, Any], path: Path) -> QuestionSet:
    """The set in tables that have been read already; `path` names them. Raise QuestionsError."""
    reading = _Reading()
    questions = reading.question_set(raw)
    if questions is None or reading.problems:
        raise QuestionsError(path, reading.problems)
    return questions


class _Reading:
    """Walks the file to its end and gathers what is wrong."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def question_set(self, raw: dict[str, Any]) -> QuestionSet | None:
        self._only("the set", raw, {"version", "days", "title", "question"})
        version = self._whole("version", raw.get("version"))
        days = self._whole("days", raw.get("days", 14))
        title = self._text("title", raw.get("title"))
        tables = raw.get("question")
        if not isinstance(tables, list) or not tables:
            self._say("no [[question]] in it")
            return None
        questions = [self._question(number, each) for number, each in enumerate(tables, 1)]
        whole = tuple(question for question in questions if question is not None)
        self._no_twins("question", [question.id for question in whole])
        self._no_twins("kind", [q.kind for q in whole if q.kind in PERSONAL])
        return None if self.problems else QuestionSet(version, days, title, whole)

    def _question(self, number: int, raw: Any) -> Question | None:
        if not isinstance(raw, dict):
            self._say(f"question {number} is no table")
            return None
        name = self._id(f"question {number}", raw.get("id"))
        here = f"question {name or number}"
        if name in _RESERVED:
            self._say(f"{here}: this id is taken by a page of the form")
        self._only(here, raw, {"id", "kind", "text", "option", "required", "skip", "none", "short"})
        kind = self._kind(here, raw.get("kind"))
        told = raw.get("option", [])
        if not isinstance(told, list):
            self._say(f"{here}: its options are no [[question.option]]")
            told = []
        options = tuple(self._option(here, each) for each in told)
        self._no_twins(f"{here}: option", [option.id for option in options])
        if kind is not None:
            self._fits(here, kind, raw, options)
        return Question(
            id=name,
            kind=kind or Kind.TEXT,
            text=self._text(f"{here}: text", raw.get("text")),
            options=options,
            required=self._flag(f"{here}: required", raw.get("required", True)),
            skip=self._text(f"{here}: skip", raw["skip"]) if "skip" in raw else None,
            none=self._text(f"{here}: none", raw["none"]) if "none" in raw else None,
            short=self._text(f"{here}: short", raw["short"]) if "short" in raw else None,
        )

    def _fits(
        self, here: str, kind: Kind, raw: dict[str, Any], options: tuple[Option, ...]
    ) -> None:
        if kind in CHOSEN and len(options) < (1 if kind is Kind.SEVERAL else 2):
            self._say(f"{here}: kind {kind} needs more [[question.option]]")
        if kind not in CHOSEN and options:
            self._say(f"{here}: kind {kind} has no options")
        if (kind is Kind.SEVERAL) != ("none" in raw):
            self._say(f"{here}: `none` belongs to kind several, and to no other")
        if kind in CHOSEN and "skip" in raw:
            self._say(f"{here}: `skip` is for what is typed")
        if kind is Kind.SEX and not {option.id for option in options} <= {
            "male",
            "female",
            "other",
        }:
            self._say(f"{here}: the options of kind sex are male, female, other")

    def _option(self, here: str, raw: Any) -> Option:
        if not isinstance(raw, dict):
            self._say(f"{here}: an option is no table")
            raw = {}
        name = self._id(f"{here}: an option", raw.get("id"))
        self._only(f"{here}: option {name}", raw, {"id", "text", "refer"})
        text = self._text(f"{here}: option {name}", raw.get("text"))
        return Option(name, text, self._flag(f"{here}: refer", raw.get("refer", False)))

    def _text(self, here: str, raw: Any) -> Text:
        if not isinstance(raw, dict):
            self._say(f"{here}: the words in {', '.join(ALWAYS)} are missing")
            return Text({})
        self._only(here, raw, {*LANGUAGES, "km_reviewed"})
        words = {name: said for name, said in raw.items() if isinstance(said, str) and said.strip()}
        for language in ALWAYS:
            if language not in words:
                self._say(f"{here}: no words for {language}")
        reviewed = words.pop("km_reviewed", "")
        return Text(words, reviewed)

    def _kind(self, here: str, raw: Any) -> Kind | None:
        kinds = [str(kind) for kind in Kind]
        if raw in kinds:
            return Kind(raw)
        self._say(f"{here}: kind must be one of {', '.join(kinds)}, not {raw!r}")
        return None

    def _id(self, here: str, raw: Any) -> str:
        if isinstance(raw, str) and _ID.fullmatch(raw):
            return raw
        self._say(f"{here}: id must be small letters, digits and _, not {raw!r}")
        return ""

    def _whole(self, here: str, raw: Any) -> int:
        if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 1:
            return raw
        self._say(f"{here} must be a whole number from 1, not {raw!r}")
        return 0

    def _flag(self, here: str, raw: Any) -> bool:
        if not isinstance(raw, bool):
            self._say(f"{here} must be true or false, not {raw!r}")
        return bool(raw)

    def _only(self, here: str, raw: dict[str, Any], known: set[str]) -> None:
        for name in sorted(raw.keys() - known):
            self._say(f"{here}: {name} is not known; known: {', '.join(sorted(known))}")

    def _no_twins(self, what: str, names: list[str]) -> None:
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self._say(f"{what} {name} stands there twice")

    def _say(self, problem: str) -> None:
        self.problems.append(problem)
