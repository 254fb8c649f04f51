"""Four short Vietnamese words made from a key: read aloud, they show that the kiosk and the registry speak of one key.

Syllables without marks, so that every font, speaker and foreigner can say them. The first four bytes of the SHA-256 of
the public key (SubjectPublicKeyInfo, DER) choose one word each, of 256: 32 bits. Whoever wants to pass off another key
has one try in four thousand million, while the technician looks on.
"""

import hashlib

COUNT = 4

_SYLLABLES = """
anh ao ba ban bao bay be ben beo bia bo bong bu bun ca cam can cang canh cao cau cay cha chai chan chanh chao chau
che chia chinh cho chong chu chua chung co coi con cong cua dang danh dao dau day di dinh do don dong dua em eo gai
gan gang ganh gao gau gay ghe ghi gia giao gieo gio gioi gu ha hai han hang hanh hao hay hen heo ho hoa hoan hoi hom
hong hu hung huy keo kem ken kha khai khang khanh khay khe kheo kho khoa khoai khoi khung kia kim kinh la lai lam
lan lang lanh lao lau lay le len leo lia linh lo loa loan loi long lua lung mai man mang manh mao mau may men meo mi
mia minh moi mon mong mua mui mun na nai nam nan nao nay nem neo nga ngai ngan ngang nghe nghi ngo ngoan ngoi ngon
nha nhai nhan nhanh nhau nhe nho nhom nhung ni non nong nu nui om ong pha phai phao phe phim pho phong phu qua quan
quang quanh que quen quy ra rang rau ri roi rong rua rung sa sai san sang sao sau say sen si song su sung ta tai tam
tan tang tao tay tem tha thai than thang thanh thao thay the thi tho thoi thom thon thu thua tia tin tinh toa toan
tom ton trai tram trang tre trong trung tu vai van vang vui xanh xe
"""
WORDS = tuple(_SYLLABLES.split())


def check_words(public_key: bytes) -> tuple[str, ...]:
    """Of a public key as SubjectPublicKeyInfo in DER."""
    return words_of(hashlib.sha256(public_key).digest())


def words_of(key_hash: bytes) -> tuple[str, ...]:
    """As `check_words`, where the SHA-256 of the key is known already."""
    return tuple(WORDS[byte] for byte in key_hash[:COUNT])
