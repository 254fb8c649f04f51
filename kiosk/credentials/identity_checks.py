"""What looks wrong about a personal number or a birth date: soft words for staff, never a refusal.

The ministry's own published example fails one of these, so nobody may be turned away for it. Each warning is a code in
lower_snake_case; docs/codes.md says what staff should make of it. Layout of the number and the 63 province codes:
Circular 59/2021/TT-BCA, Art. 4; the codes outlive the merger of provinces in 2025.
"""

from datetime import datetime

from kiosk.credentials.text import is_digits
from kiosk.domain.identity import Sex

EARLIEST_BIRTH_YEAR = 1900
OLDEST_AGE_YEARS = 120

# Hà Nội, Hà Giang, Cao Bằng ... Trà Vinh (84) ... Cà Mau
_PROVINCE_CODES = """
    1 2 4 6 8 10 11 12 14 15 17 19 20 22 24 25 26 27 30 31 33 34 35 36 37 38 40 42 44 45 46 48 49 51 52 54 56 58 60
    62 64 66 67 68 70 72 74 75 77 79 80 82 83 84 86 87 89 91 92 93 94 95 96
"""
_PROVINCES = frozenset(int(code) for code in _PROVINCE_CODES.split())


def is_personal_number(text: str) -> bool:
    """12 ASCII digits."""
    return len(text) == 12 and is_digits(text)


def of_number(number: str, birth: str, sex: Sex) -> tuple[str, ...]:
    """Where the digits of a personal number disagree with what else the code says. Empty for any other text."""
    if not is_personal_number(number):
        return ()
    century_and_sex = int(number[3])
    warnings = []
    if int(number[:3]) not in _PROVINCES:
        warnings.append("province_not_listed")  # born abroad, as a rule
    if birth and int(birth[:2]) != 19 + century_and_sex // 2:
        warnings.append("century_differs")
    if birth and number[4:6] != birth[2:4]:
        warnings.append("birth_year_differs")
    if sex in (Sex.MALE, Sex.FEMALE) and sex is not (Sex.MALE, Sex.FEMALE)[century_and_sex % 2]:
        warnings.append("sex_differs")
    return tuple(warnings)


def of_birth(birth: str, *, odd: bool, now: datetime | None) -> tuple[str, ...]:
    """What cannot be right about a date of birth; the future and great age only when it is known what time it is."""
    if odd:
        return ("birth_date_odd",)
    if not birth:
        return ()
    if int(birth[:4]) < EARLIEST_BIRTH_YEAR:
        return ("birth_year_odd",)
    if now is not None and birth > now.date().isoformat():
        return ("birth_in_future",)
    if now is not None and now.year - int(birth[:4]) > OLDEST_AGE_YEARS:
        return ("age_over_120",)
    return ()
