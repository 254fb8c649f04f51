"""Does a 12-digit personal number agree with the other fields of the card?

Structure by Circular 59/2021/TT-BCA, article 4: three digits place of registration, one century and sex, two year of
birth, six random. There is no check digit. Records have errors (the ministry's own published example fails), so a
disagreement is a soft warning for staff and never a refusal.
"""

from kiosk.domain.identity import Sex

# codes of the 63 provinces before July 2025; other values are countries of birth
_PROVINCES = frozenset(
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 "
    "044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 "
    "089 091 092 093 094 095 096".split()
)


def warnings(number: str, birth: str, sex: Sex) -> tuple[str, ...]:
    """Codes in lower_snake_case for what looks odd. `number` has 12 digits, `birth` begins with the year or is empty."""
    century, female = divmod(int(number[3]), 2)
    found = []
    if number[:3] not in _PROVINCES and int(number[:3]) <= 96:
        found.append("unknown_province")
    if birth and birth[:4] != f"{19 + century}{number[4:6]}":
        found.append("birth_year_differs")
    if sex in (Sex.MALE, Sex.FEMALE) and (sex is Sex.FEMALE) != bool(female):
        found.append("sex_differs")
    return tuple(found)
