"""Who declares: what a code already tells of them, and the identity that the answers speak of."""

from collections.abc import Callable
from dataclasses import replace

from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex
from kiosk.questions import Answers, Checked, Kind, QuestionSet, check
from kiosk.questions.checks import scheme_of

# the schemes whose numbers a visitor knows and could type
_TYPED = (Scheme.CCCD, Scheme.CMND, Scheme.PASSPORT)


def told_by_code(identity: Identity, questions: QuestionSet, this_year: int) -> dict[str, str]:
    """Answers by question id that the code has given. What would not pass as typed is left to be asked."""
    told = {
        Kind.NAME: identity.name,
        Kind.YEAR: identity.birth[:4],
        Kind.SEX: identity.sex if identity.sex in (Sex.MALE, Sex.FEMALE, Sex.OTHER) else "",
        Kind.PHONE: identity.phone,
        Kind.ID_NUMBER: _number(identity),
    }
    answers = {}
    for kind, value in told.items():
        question = questions.of_kind(kind)
        checked = check(kind, value, this_year)
        if question is not None and isinstance(checked, Checked):
            answers[question.id] = checked.value
    return answers


def declarer(
    shown: Identity | None,
    questions: QuestionSet,
    answers: Answers,
    name_of_commune: Callable[[str], str] = str,
) -> Identity:
    """The person these answers are of; without identifiers when neither a code nor a number says who it is.

    Whoever shows one person's card and types another's number declares for that other person.
    """
    number = _typed(questions, answers, Kind.ID_NUMBER)
    of_code = shown is not None and number in ("", _number(shown))
    known = (
        shown
        if shown is not None and (of_code or not _number(shown))
        else Identity(kind=CodeKind.FORM, identifiers=())
    )
    identifiers = known.identifiers
    scheme = scheme_of(number)
    if scheme is not None and number not in [each.value for each in identifiers]:
        identifiers = (*identifiers, Identifier(scheme, number))
    return replace(
        known,
        identifiers=identifiers,
        name=_typed(questions, answers, Kind.NAME) or known.name,
        birth=_birth(known.birth, _typed(questions, answers, Kind.YEAR)),
        sex=Sex(_typed(questions, answers, Kind.SEX) or known.sex),
        address=name_of_commune(_typed(questions, answers, Kind.COMMUNE)) or known.address,
        phone=_typed(questions, answers, Kind.PHONE) or known.phone,
    )


def _number(identity: Identity) -> str:
    return next((each.value for each in identity.identifiers if each.scheme in _TYPED), "")


def _birth(known: str, year: str) -> str:
    """The card's full date stands as long as its year does."""
    return known if known[:4] == year or not year else year


def _typed(questions: QuestionSet, answers: Answers, kind: Kind) -> str:
    question = questions.of_kind(kind)
    answer = answers.get(question.id, "") if question is not None else ""
    return answer if isinstance(answer, str) else ""
