"""What staff may see of a person: enough to call them over, too little to copy."""


def mask_name(name: str) -> str:
    """`Thạch Thị Hoa` -> `Thạch T. H***`; a single word keeps its first letter only."""
    words = name.split()
    if not words:
        return ""
    last = words[-1][0] + "***"
    if len(words) == 1:
        return last
    return " ".join([words[0], *(word[0] + "." for word in words[1:-1]), last])


def mask_number(number: str) -> str:
    """All but the last three characters, and never more than a third of a short number."""
    shown = min(3, len(number) // 3)
    return "*" * (len(number) - shown) + number[len(number) - shown :]
