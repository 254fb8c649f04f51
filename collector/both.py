"""A text in the two languages of the province's offices."""

from typing import NamedTuple


class Both(NamedTuple):
    """Vietnamese first, English second, everywhere."""

    vi: str
    en: str

    def __str__(self) -> str:
        return self.vi if self.vi == self.en else f"{self.vi} / {self.en}"
