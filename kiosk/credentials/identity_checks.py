"""Does a 12-digit personal number agree with the other fields of the card?

Structure by Circular 59/2021/TT-BCA, article 4: three digits place of registration, one century and sex, two year of
birth, six random. There is no check digit. Records have errors (the ministry's own published example fails), so a
disagreement is a soft warning for staff and never a refusal.
"""

from kiosk.domain.identity import Sex

# codes of the 63 provinces before July 2025; other values are countries of birth
_LAST_PROVINCE = 96
_PROVINCES = frozenset(
    (
        1,
        2,
        4,
        6,
        8,
        10,
        11,
        12,
        14,
        15,
        17,
        19,
        20,
        22,
        24,
        25,
        26,
        27,
        30,
        31,
        33,
        34,
        35,
        36,
        37,
        38,
        40,
        42,
        44,
        45,
        46,
        48,
        49,
        51,
        52,
        54,
        56,
        58,
        60,
        62,
        64,
        66,
        67,
        68,
        70,
        72,
        74,
        75,
        77,
        79,
        80,
        82,
        83,
        84,
        86,
        87,
        89,
        91,
        92,
        93,
        94,
        95,
        96,
    )
)


def warnings(number: str, birth: str, sex: Sex) -> tuple[str, ...]:
    """What looks odd, in lower_snake_case. `number` has 12 digits, `birth` begins with the year or is empty."""
    century, female = divmod(int(number[3]), 2)
    found = []
    if int(number[:3]) not in _PROVINCES and int(number[:3]) <= _LAST_PROVINCE:
        found.append("unknown_province")
    if birth and birth[:4] != f"{19 + century}{number[4:6]}":
        found.append("birth_year_differs")
    if sex in (Sex.MALE, Sex.FEMALE) and (sex is Sex.FEMALE) != bool(female):
        found.append("sex_differs")
    return tuple(found)
