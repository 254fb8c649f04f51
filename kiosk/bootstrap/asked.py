"""What the settings say of the form: a venue's own questions, and the communes around it."""

from kiosk.config import Config
from kiosk.errors import ConfigError
from kiosk.questions import QuestionsError, QuestionSet, load
from kiosk.questions.near import near_codes
from kiosk.questions.places import all_places


def own_questions(config: Config) -> QuestionSet | None:
    """None for the set that this kiosk is shipped with. Raise ConfigError with every fault of the file."""
    file = config.screen.questions_file
    if file is None:
        return None
    try:
        return load(file)
    except QuestionsError as error:
        wrong = str(error).splitlines()
        raise ConfigError([f"screen.questions_file: {line}" for line in wrong]) from error


def near_communes(config: Config) -> list[str]:
    """Codes of the communes around this venue. Raise ConfigError when one of them is none."""
    named = config.screen.near_communes
    if not named:
        return []  # the table of communes need not be read for it
    try:
        return near_codes(named, all_places())
    except ValueError as error:
        wrong = str(error).splitlines()
        raise ConfigError([f"screen.near_communes: {line}" for line in wrong]) from error
