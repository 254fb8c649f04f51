"""Where somebody lives: one of the venue's neighbours by one tap, any other commune by typing a part of its name.

What is kept is the code of the commune, or what was typed where no commune of that name exists: people come from other
countries too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.questions import Checked, Kind, check
from kiosk.questions.places import Commune, Found, Places
from kiosk.web.form.answering import CHOOSE, Again, Kept, fault_message
from kiosk.web.form.drafts import Draft

# the panel holds twelve tiles; the last of them leads to the keyboard
MOST_TILES = 11
MOST_FOUND = 6


@dataclass(frozen=True)
class Neighbourhood:
    """The places, seen from this venue. `near` are codes of the communes around it."""

    places: Places
    near: Sequence[str] = ()

    @property
    def province(self) -> str:
        return next((commune.province for commune in self.tiles(None)), "")

    def tiles(self, draft: Draft | None) -> list[Commune]:
        """What is offered by one tap: first what the visitor's card names."""
        named = [draft.proposed_commune] if draft is not None and not draft.for_other else []
        codes = [*named, *self.near]
        found = [self.places.by_code(code) for code in dict.fromkeys(codes)]
        return [commune for commune in found if commune is not None][:MOST_TILES]

    def search(self, text: str) -> list[Found]:
        return self.places.search(text, self.province, MOST_FOUND)

    def name_of(self, answer: str) -> str:
        """An answer with its province, for whoever is to know where it is."""
        commune = self.places.by_code(answer)
        return answer if commune is None else commune.full_name

    def typed_in(self, answer: str | tuple[str, ...]) -> str:
        """What stands in the field again for an answer: nothing for a commune that was chosen, or for choices."""
        return answer if isinstance(answer, str) and self.places.by_code(answer) is None else ""

    def short_name_of(self, answer: str) -> str:
        """An answer as people here say it: the province is only told when it is another one."""
        commune = self.places.by_code(answer)
        if commune is not None and commune.province == self.province:
            return commune.name
        return self.name_of(answer)

    def read_answer(
        self, sent: Mapping[str, str], chosen: Sequence[str], this_year: int
    ) -> Kept | Again:
        if chosen and self.places.by_code(chosen[0]) is not None:
            return Kept(chosen[0])
        typed = check(Kind.COMMUNE, sent.get("typed", ""), this_year)
        if not isinstance(typed, Checked):
            return Again(fault_message(typed), sent.get("typed", ""))
        named = self.places.named(typed.value, self.province)
        if named is not None:
            return Kept(named.code)
        found = self.search(typed.value)
        if found and sent.get("sure") != typed.value:
            return Again(CHOOSE, typed.value, sure=typed.value)
        return Kept(typed.value)
