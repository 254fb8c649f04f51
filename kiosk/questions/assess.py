"""What answers mean for the decision. Nothing of the answers themselves comes out of here."""

from kiosk.domain.declaration import Risk
from kiosk.questions.shape import SKIPPED, Answers, Question, QuestionSet


def assess(questions: QuestionSet, answers: Answers) -> Risk:
    """Whether any answer is one that the set marks as "see staff"."""
    for question in questions.questions:
        answer = answers.get(question.id, ())
        chosen = (answer,) if isinstance(answer, str) else answer
        if any(option.refer for option in question.options if option.id in chosen):
            return Risk.DECLARED
    return Risk.NONE


def unanswered(questions: QuestionSet, answers: Answers) -> tuple[Question, ...]:
    """The questions that still need an answer, in their order."""
    return tuple(
        question for question in questions.questions if not _is_answered(question, answers)
    )


def _is_answered(question: Question, answers: Answers) -> bool:
    if question.id not in answers:
        return not question.required
    # an empty text answers only where the set offers to skip; an empty choice of several is "none of these"
    return answers[question.id] != SKIPPED or question.skip is not None or not question.required
