"""What one page of the form sent: an answer to keep, or what to say about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.questions import SKIPPED, Checked, Doubt, Fault, Kind, Question, QuestionSet, check
from kiosk.questions.checks import number_doubt

_FAULTS = {
    Fault.EMPTY: "Please fill this in",
    Fault.TOO_LONG: "This is too long",
    Fault.NAME_SHORT: "Please type the full name",
    Fault.NAME_SIGNS: "A name has letters only",
    Fault.YEAR: "Please type four digits, for example 1980",
    Fault.PHONE: "10 digits, as in 0912345678",
    Fault.ID_NUMBER: "An ID card number has 12 digits, an old one 9",
}
_DOUBTS = {
    Doubt.VERY_OLD: "Is this year right? Then continue",
    Doubt.PHONE_PREFIX: "Is this number right? Then continue",
    Doubt.NOT_LIKE_CARD: "The number tells another year or sex. Is it right? Then continue",
}
CHOOSE = "Please choose"


@dataclass(frozen=True, slots=True)
class Kept:
    answer: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """The page comes back: `message` is in English, to be translated; `typed` stands in the field again.

    `sure` is what the page has to send along when the visitor insists on a doubtful value.
    """

    message: str
    typed: str = ""
    sure: str = ""


def read_answer(
    question: Question, sent: Mapping[str, str], chosen: Sequence[str], this_year: int
) -> Kept | Again:
    """`sent` holds the fields `typed`, `sure` and `action`, `chosen` the options pressed."""
    action = sent.get("action", "")
    if question.kind is Kind.SEVERAL:
        return _several(question, chosen, none=action == "none")
    if question.kind in (Kind.ONE, Kind.SEX):
        one = [option.id for option in question.options if option.id in chosen]
        return Kept(one[0]) if len(one) == 1 else Again(CHOOSE)
    if action == "skip" and question.skip is not None:
        return Kept(SKIPPED)
    return _typed(question, sent.get("typed", ""), sent.get("sure", ""), this_year)


def doubted(
    question: Question,
    kept: Kept,
    sure: str,
    questions: QuestionSet,
    answers: Mapping[str, str | tuple[str, ...]],
) -> Kept | Again:
    """`kept`, unless it is a number that tells another year or sex than `answers` do, and nobody has insisted yet."""
    if question.kind is not Kind.ID_NUMBER or not isinstance(kept.answer, str):
        return kept
    year, sex = (_said(questions, answers, kind) for kind in (Kind.YEAR, Kind.SEX))
    doubt = number_doubt(kept.answer, year, sex)
    if doubt is None or sure == kept.answer:
        return kept
    return Again(_DOUBTS[doubt], kept.answer, sure=kept.answer)


def _said(questions: QuestionSet, answers: Mapping[str, str | tuple[str, ...]], kind: Kind) -> str:
    question = questions.of_kind(kind)
    return str(answers.get(question.id, "")) if question is not None else ""


def fault_message(fault: Fault) -> str:
    return _FAULTS[fault]


def doubt_message(doubt: Doubt) -> str:
    return _DOUBTS[doubt]


def _several(question: Question, chosen: Sequence[str], *, none: bool) -> Kept | Again:
    known = tuple(option.id for option in question.options if option.id in chosen)
    if none:
        return Kept(())
    return Kept(known) if known else Again(CHOOSE)


def _typed(question: Question, typed: str, sure: str, this_year: int) -> Kept | Again:
    checked = check(question.kind, typed, this_year)
    if checked is Fault.EMPTY and not question.required:
        return Kept(SKIPPED)
    if isinstance(checked, Fault):
        return Again(_FAULTS[checked], typed)
    if isinstance(checked, Checked) and checked.doubt is not None and sure != checked.value:
        return Again(_DOUBTS[checked.doubt], checked.value, sure=checked.value)
    return Kept(checked.value)
