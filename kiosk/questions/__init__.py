"""The questions as data: what is asked, in which words, which answers are well formed, and what an answer triggers.

Shared by the kiosk's form and the collector's portal. Pure but for reading the file.
"""

from kiosk.questions.assess import assess, unanswered
from kiosk.questions.checks import Checked, Doubt, Fault, check
from kiosk.questions.load import QuestionsError, load, shipped
from kiosk.questions.shape import SKIPPED, Answers, Kind, Option, Question, QuestionSet, Text

__all__ = [
    "SKIPPED",
    "Answers",
    "Checked",
    "Doubt",
    "Fault",
    "Kind",
    "Option",
    "Question",
    "QuestionSet",
    "QuestionsError",
    "Text",
    "assess",
    "check",
    "load",
    "shipped",
    "unanswered",
]
