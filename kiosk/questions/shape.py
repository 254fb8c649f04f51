"""What a question set is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kiosk.languages import SOURCE_LANGUAGE


class Kind(StrEnum):
    """How a question is answered, and therefore what its page looks like."""

    NAME = "name"
    YEAR = "year"
    SEX = "sex"  # one of male, female, other
    PHONE = "phone"
    ID_NUMBER = "id_number"
    COMMUNE = "commune"
    TEXT = "text"
    ONE = "one"  # exactly one of the options
    SEVERAL = "several"  # any of the options, or expressly none of them


CHOSEN = frozenset({Kind.SEX, Kind.ONE, Kind.SEVERAL})
# of these a set holds one at most: they say who declares
PERSONAL = frozenset({Kind.NAME, Kind.YEAR, Kind.SEX, Kind.PHONE, Kind.ID_NUMBER, Kind.COMMUNE})


@dataclass(frozen=True, slots=True)
class Text:
    """One wording by language. `km_reviewed` names who has read the Khmer and when; empty means nobody yet."""

    words: Mapping[str, str]
    km_reviewed: str = ""

    def of(self, language: str) -> str:
        """In one of kiosk.languages; a language that is newer than the set gets the source's words."""
        return self.words.get(language) or self.words[SOURCE_LANGUAGE]


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    text: Text
    refer: bool = False  # whoever chooses this is asked to see a member of staff


@dataclass(frozen=True, slots=True)
class Question:
    """`skip` is the wording of "I have none", where that is an answer too; `none` that of "none of these"; `short` the
    label on the page where all answers are checked."""

    id: str
    kind: Kind
    text: Text
    options: tuple[Option, ...] = ()
    required: bool = True
    skip: Text | None = None
    none: Text | None = None
    short: Text | None = None

    def option(self, option_id: str) -> Option | None:
        return next((option for option in self.options if option.id == option_id), None)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    version: int
    days: int  # the period that the health questions speak of
    title: Text
    questions: tuple[Question, ...]

    def question(self, question_id: str) -> Question | None:
        return next((each for each in self.questions if each.id == question_id), None)

    def of_kind(self, kind: Kind) -> Question | None:
        """The one question of a personal kind."""
        return next((each for each in self.questions if each.kind is kind), None)

    def texts(self) -> Iterator[Text]:
        """Every wording a visitor may read."""
        yield self.title
        for question in self.questions:
            yield question.text
            yield from (option.text for option in question.options)
            yield from (
                text for text in (question.skip, question.none, question.short) if text is not None
            )

    def unreviewed(self) -> int:
        """How many Khmer wordings no reader of the language has signed yet."""
        return sum(not text.km_reviewed for text in self.texts())


# By question id. One chosen option is its id, several are a tuple of ids in the order of the set, where () is the
# express "none of these". SKIPPED is the express "I have none".
SKIPPED = ""
Answers = Mapping[str, str | tuple[str, ...]]
