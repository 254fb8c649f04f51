"""The communes around a venue, from what its settings name."""

import difflib
from collections.abc import Sequence

from kiosk.questions.places import Commune, Places, fold


def near_codes(named: Sequence[str], places: Places) -> list[str]:
    """Codes of these communes, then of those that shared an old district with the first of them.

    `named` holds codes (five digits) or names, with the province where a name is not unique. Raise ValueError with one
    line for each that names no commune, or more than one.
    """
    codes, problems = [], []
    for each in named:
        try:
            codes.append(_one(each, places).code)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ValueError("\n".join(problems))
    return list(dict.fromkeys([*codes, *(places.around(codes[0]) if codes else ())]))


def _one(named: str, places: Places) -> Commune:
    of_code = places.by_code(named.strip())
    found = [of_code] if of_code is not None else places.all_named(named)
    if len(found) == 1:
        return found[0]
    if found:
        several = "; ".join(f"{each.code} {each.full_name}" for each in found)
        raise ValueError(f"{named!r} names {len(found)} communes, write the code of one: {several}")
    raise ValueError(f"{named!r} is no commune since July 2025{_meant(named, places)}")


def _meant(named: str, places: Places) -> str:
    """Old names lead to the new communes, slips to what is written nearly so."""
    found = [each.commune for each in places.search(named, most=3)]
    if not found:
        bare = {fold(each.name): each for each in places}
        close = difflib.get_close_matches(fold(named), bare, n=2, cutoff=0.75)
        found = [bare[name] for name in close]
    told = " or ".join(f"{each.code} {each.full_name}" for each in found)
    return f"; did you mean {told}?" if told else ""
