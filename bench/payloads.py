"""What invented people carry in their codes, as long as the real ones (docs/codes.md). Serial parts are zeros."""

import numpy as np

_FAMILIES = ("Thạch", "Sơn", "Kim", "Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Châu", "Đặng")
_MIDDLES = ("Thị", "Văn", "Ngọc", "Minh", "Hoàng", "Sa", "Thanh")
_NAMES = ("Rây", "Minh", "Hà", "Châu", "Thảo", "Phước", "Dũng", "Ánh", "Linh", "Khánh")
_HAMLETS = ("Sóc Ớt", "Chợ", "Trà Kha", "Giồng Lức", "Bàu Sơn", "Đầu Giồng")
_COMMUNES = ("Long Hiệp", "Tập Sơn", "Đôn Xuân", "Hiếu Tử", "Ngũ Lạc", "Phước Hưng")
_DISTRICTS = ("Trà Cú", "Cầu Ngang", "Tiểu Cần", "Duyên Hải", "Châu Thành")
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_URL = "abcdefghijklmnopqrstuvwxyz0123456789"


def name(rng: np.random.Generator) -> str:
    return " ".join(str(rng.choice(part)) for part in (_FAMILIES, _MIDDLES, _NAMES))


def citizen_card(rng: np.random.Generator) -> bytes:
    """Seven fields, about 116 to 155 bytes."""
    born = f"{rng.integers(1, 29):02}{rng.integers(1, 13):02}{rng.integers(1940, 2010)}"
    home = ", ".join(str(rng.choice(part)) for part in (_HAMLETS, _COMMUNES, _DISTRICTS))
    line = f"084190000000|334000000|{name(rng)}|{born}|Nữ|Ấp {home}, Trà Vinh|15042021"
    return line.encode()


def national_code(rng: np.random.Generator) -> bytes:
    """The national personal QR: ASCII, about 92 bytes."""
    born = f"{rng.integers(1940, 2010)}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}"
    serial = rng.integers(0, 10**6)
    return f"084190000000|THACH THI SA RAY|{born}|0|100000000000{serial:06}|<2<GD4840000000000<0900000000".encode()


def signed_certificate(rng: np.random.Generator) -> bytes:
    """The shape of an EU certificate, 400 to 600 characters of base45. It verifies nowhere."""
    return ("HC1:" + _letters(rng, _BASE45, int(rng.integers(400, 600)))).encode()


def web_address(rng: np.random.Generator) -> bytes:
    """100 to 350 characters."""
    return ("https://example.org/" + _letters(rng, _URL, int(rng.integers(80, 330)))).encode()


def any_of_them(rng: np.random.Generator) -> bytes:
    kinds = (citizen_card, national_code, web_address, signed_certificate)
    return kinds[int(rng.choice(len(kinds), p=(0.4, 0.2, 0.2, 0.2)))](rng)


def short_name(rng: np.random.Generator) -> bytes:
    """What pyzbar garbles most: a short Vietnamese text (docs/reading.md)."""
    forms = ("{name}", "084190000000|{name}", "{name}|05/09/1990", "{name}|Trà Vinh")
    return str(rng.choice(forms)).format(name=name(rng)).encode()


def _letters(rng: np.random.Generator, alphabet: str, count: int) -> str:
    return "".join(alphabet[i] for i in rng.integers(0, len(alphabet), count))
