"""Names as they are compared, never as they are shown."""

import unicodedata

# no name is longer; what a hostile code calls a name may be
MOST_CHARACTERS = 200


def folded_name(name: str) -> str:
    """A key that is the same for `Thạch Thị Sa Rây` and `THACH THI SA RAY`: small letters, no marks, single spaces."""
    # NFD does not take the bar off đ
    folded = unicodedata.normalize("NFC", name).casefold().replace("đ", "d")
    bare = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return " ".join(bare.split())[:MOST_CHARACTERS].strip()
