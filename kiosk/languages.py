"""The languages in which visitors are spoken to: the one list of them, in the order in which they are offered."""

NAMES = {"vi": "Tiếng Việt", "km": "ភាសាខ្មែរ", "en": "English"}
LANGUAGES = tuple(NAMES)
# every set of questions is worded in these; one that is older than a further language falls back to the source
ALWAYS = ("vi", "km", "en")
# the text in the code; what is not translated falls back to it
SOURCE_LANGUAGE = "en"
