"""The composer of the keyboard, asked in the browser that will run it, far from any page."""

import re
import unicodedata
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kiosk.web

pytestmark = pytest.mark.browser

SOURCE = Path(kiosk.web.__file__).parent / "static" / "form" / "telex.js"

WORDS = re.compile(r"\S+").findall
ONSETS = ["", *WORDS("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x")]
RIMES = WORDS(
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu "
    "iêc iêm iên iêng iêp iêt iêu o oa oac oach oai oam oan oang oanh oao oap oat oay "
    "oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong op ot "
    "ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt up ut "
    "uy uya uych uyên uyêt uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt "
    "ươu ưt ưu y yêm yên yêng yêt yêu"
)
TONES = {"": "", "s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
KEYS = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
VOWELS = "aăâeêioôơuưy"


@pytest.fixture(scope="module")
def type_keys(chromium):
    """Lists of keys -> the texts that stand in the field when the words are ended."""
    page = chromium.new_page()
    page.evaluate(
        """async (source) => {
          const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
          window.telex = await import(url);
        }""",
        SOURCE.read_text(encoding="utf-8"),
    )
    yield lambda words, end="finished": page.evaluate(
        """([words, end]) => words.map((keys) => {
          let state = telex.EMPTY;
          for (const key of keys) state = telex.press(state, key);
          return telex[end](state);
        })""",
        [[list(word) for word in words], end],
    )
    page.close()


def spelled(onset, rime, tone):
    """The syllable as it is written, old style: hòa, thúy, khỏe."""
    nucleus = re.match(f"[{VOWELS}]+", rime)[0]
    special = [at for at, letter in enumerate(nucleus) if letter in "ăâêôơư"]
    if special:
        place = special[-1]
    elif len(nucleus) == 1:
        place = 0
    elif rime != nucleus:
        place = len(nucleus) - 1
    else:
        place = 1 if len(nucleus) > 2 else 0
    letters = list(rime)
    letters[place] += TONES[tone]
    return unicodedata.normalize("NFC", onset + "".join(letters))


def syllables():
    for onset in ONSETS:
        for rime in RIMES:
            if onset in ("qu", "gi") and rime[0] in "uưi":
                continue  # spelled with a letter less: gì, quý
            if onset == "g" and rime in ("ia", "iu"):
                continue  # there the i belongs to the onset: già, giù
            stopped = re.search("(c|ch|p|t)$", rime) is not None
            for tone in ("", "s", "j") if stopped else TONES:
                yield onset, rime, tone


def three_orders(onset, rime, tone):
    """Marks at their letters; marks at the end; the tone before the coda."""
    coda = re.sub(f"^[{VOWELS}]+", "", rime)
    base = onset + rime
    at_letters = "".join(KEYS.get(letter, letter) for letter in base).replace("uwow", "uow")
    bare = "".join(KEYS[letter][0] if letter in KEYS else letter for letter in base)
    marks = "".join(KEYS[letter][1] for letter in base if letter in KEYS).replace("ww", "w")
    head = base[: len(base) - len(coda)]
    before_coda = "".join(KEYS.get(letter, letter) for letter in head).replace("uwow", "uow")
    return {at_letters + tone, bare + marks + tone, before_coda + tone + coda}


@pytest.mark.parametrize("of", [17, pytest.param(1, marks=pytest.mark.long)])  # one of so many
def test_every_syllable_can_be_typed_in_three_orders_small_and_capital(type_keys, of):
    keys, wanted = [], []
    for onset, rime, tone in islice(syllables(), 0, None, of):
        for order in three_orders(onset, rime, tone):
            word = spelled(onset, rime, tone)
            keys += [order, order[0].upper() + order[1:]]
            wanted += [word, word[0].upper() + word[1:]]

    got = type_keys(keys)

    wrong = [each for each in zip(keys, got, wanted, strict=True) if each[1] != each[2]]
    assert len(keys) > 80_000 // of
    assert wrong == []


def test_the_tone_row_and_the_letter_row_give_what_telex_gives(type_keys):
    by_row, wanted = [], []
    for onset, rime, tone in syllables():
        letters = [f"={letter}" for letter in onset + rime]
        by_row.append([*letters, f"!{tone}"] if tone else letters)
        wanted.append(spelled(onset, rime, tone))

    assert type_keys(by_row) == wanted


@pytest.mark.parametrize(
    ("keys", "live"),
    [
        pytest.param("Thijj", "Thij", id="a tone"),
        pytest.param("aaa", "aa", id="a hat"),
        pytest.param("aww", "aw", id="a breve"),
        pytest.param("oww", "ow", id="a horn"),
        pytest.param("uoww", "uow", id="two horns"),
        pytest.param("ddd", "dd", id="a bar"),
        pytest.param("Ngaz", "Ngaz", id="nothing to take away"),
        pytest.param("Ngasz", "Nga", id="z takes the tone away"),
    ],
)
def test_the_same_mark_again_takes_it_back(type_keys, keys, live):
    assert type_keys([keys], "text") == [live]


@pytest.mark.parametrize(
    ("keys", "word"),
    [("DDat", "Đat"), ("Ddat", "Đat"), ("dDat", "đat"), ("DDAATJ", "ĐẬT"), ("NGUOIWF", "NGƯỜI")],
)
def test_a_changed_letter_keeps_its_case(type_keys, keys, word):
    assert type_keys([keys], "text") == [word]


FOREIGN = WORDS(
    "Robert Jessica Smith Washington David Anna Emma Roberta Steven Zhang Xiaoming Jacques "
    "Garcia Fernandez Schwarz Powell"
)
# surnames and given names of Khmer origin, as they stand on identity cards, without Vietnamese marks
KHMER = WORDS(
    "Sokha Srey Sophea Chenda Dara Kosal Rithy Sovann Vuthy Chhay Bopha Phalla Sambath Samnang Thach "
    "Kim Son Lam Danh Chau Kanha Ratana Mony Bunthoeun Sreymom Piseth Visal Channary"
)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_name_stands_as_it_was_typed(type_keys, name):
    assert type_keys([name]) == [name]


@pytest.mark.parametrize("name", KHMER)
def test_a_name_with_khmer_roots_can_be_typed_without_fighting_it(type_keys, name):
    in_telex, in_abc = type_keys([name, [f"={letter}" for letter in name]])

    assert in_abc == name
    assert in_telex == name


@pytest.mark.parametrize(("name", "in_telex"), [("Max", "Mã"), ("Sarang", "Sẩng"), ("Sary", "Sảy")])
def test_a_name_that_telex_reads_as_a_syllable_needs_the_abc_key(type_keys, name, in_telex):
    assert type_keys([name, [f"={letter}" for letter in name]]) == [in_telex, name]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("thachj thij hueej", "thạch thị huệ"),
        ("Robert Nguyeenx", "Robert Nguyễn"),
        ("nguyeenx-smith", "nguyễn-smith"),
        ("O'Neill", "O'Neill"),
    ],
)
def test_every_word_is_judged_on_its_own(type_keys, keys, text):
    assert type_keys([keys]) == [text]


def test_erasing_takes_one_letter_with_all_its_marks(type_keys):
    word = [*"Nguyeenx"]

    steps = type_keys([[*word, *["erase"] * count] for count in range(7)], "text")

    assert steps == ["Nguyễn", "Nguyễ", "Nguy", "Ngu", "Ng", "N", ""]


def test_a_word_can_be_taken_up_again_after_erasing(type_keys):
    assert type_keys([[*"Thachj", "erase", "h", "!s"]]) == ["Thách"]
    assert type_keys([[*"Toanf", "erase", *"n"]]) == ["Toàn"]


def test_a_foreign_word_that_stands_there_already_is_left_alone(chromium, type_keys):
    assert type_keys([["=P", "=e", "=ñ", "=a", "=s"]]) == ["Peñas"]


@given(
    st.lists(
        st.sampled_from([*"abcdefghijklmnopqrstuvwxyzAEOUD -'.", "erase", "!s", "!j", "=ă"]),
        max_size=40,
    )
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_keys_give_composed_text_and_erasing_them_leaves_nothing(type_keys, keys):
    shown, ended, erased = (
        type_keys([keys], "text")[0],
        type_keys([keys])[0],
        type_keys([[*keys, *["erase"] * 60]], "text")[0],
    )

    for text in (shown, ended):
        assert text == unicodedata.normalize("NFC", text)
    assert erased == ""


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCXYZ -'.", max_size=40))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_abc_mode_loses_no_letter(type_keys, typed):
    keys = [f"={sign}" if sign.isalpha() else sign for sign in typed]

    assert type_keys([keys]) == [typed]
