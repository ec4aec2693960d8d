"""Casing and punctuation for a recogniser that writes lower case: translation needs `I`, `Sunday`, `American`.

Only what is right nearly always: `may`, `march`, `polish`, `turkey` and the like stay small unless the word before
makes them a name.
"""

from collections.abc import Sequence
from typing import Final


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PRONOUNS: Final = ("i", "i'm", "i'll", "i've", "i'd")
_CALENDAR: Final = _listed(
    "monday tuesday wednesday thursday friday saturday sunday january february april june july august september "
    "october november december christmas easter thanksgiving halloween ramadan"
)
_PEOPLES: Final = _listed(
    "american british english irish scottish welsh french german spanish italian portuguese catalan galician basque "
    "dutch belgian swiss austrian swedish norwegian danish finnish greek turkish russian ukrainian czech hungarian "
    "romanian bulgarian serbian croatian albanian european canadian mexican brazilian argentine colombian peruvian "
    "chilean cuban african egyptian moroccan nigerian kenyan asian chinese japanese korean vietnamese thai indian "
    "pakistani indonesian australian arab arabic hebrew israeli iranian iraqi latin esperanto hindi christian jewish "
    "muslim catholic"
)
_PLACES: Final = _listed(
    "america england britain ireland scotland wales france germany spain italy portugal catalonia galicia netherlands "
    "belgium switzerland austria sweden norway denmark finland iceland greece russia ukraine poland hungary romania "
    "bulgaria serbia croatia albania europe canada mexico brazil argentina colombia peru venezuela cuba africa egypt "
    "morocco nigeria kenya asia china japan korea vietnam thailand india pakistan indonesia australia israel iran iraq "
    "london paris berlin madrid barcelona rome lisbon dublin edinburgh amsterdam brussels vienna geneva zurich "
    "stockholm oslo copenhagen helsinki athens moscow kiev warsaw prague budapest istanbul cairo tokyo beijing "
    "shanghai sydney toronto boston chicago washington california texas florida hollywood"
)
_NAMES: Final = {"ok": "OK", "tv": "TV", "uk": "UK", "usa": "USA", "eu": "EU", "nato": "NATO", "dna": "DNA"}
_CASED: Final = {word: word.capitalize() for word in (*_PRONOUNS, *_CALENDAR, *_PEOPLES, *_PLACES)} | _NAMES
_TITLES: Final = {"mister": "Mr", "mrs": "Mrs", "missus": "Mrs", "doctor": "Dr", "professor": "Professor"}
"""Only before a name, which this cannot know: cased when a word follows that is no small word."""
_SMALL: Final = _listed(
    "a an and are as at be but by can did do for from had has have he her him his i if in is it me my no not of on or "
    "our said says she so that the their them then they this to us was we were what when where which who will with "
    "would you your"
)
_MONTHS_AFTER: Final = _listed("in of since until till by last next early late mid before after")
_MONTHS_LIKE_WORDS: Final = frozenset(("may", "march"))
_PAIRS: Final = {
    ("new", "york"), ("los", "angeles"), ("san", "francisco"), ("new", "zealand"), ("south", "africa"),
    ("united", "states"), ("united", "kingdom"), ("united", "nations"), ("hong", "kong"), ("saudi", "arabia"),
    ("middle", "east"), ("white", "house"),
}  # fmt: skip
_QUESTION_WORDS: Final = _listed("what where when why who how")
_VERBS: Final = _listed("are did do does is was were can could will would should")
_SUBJECTS: Final = _listed("i you he she it we they there this that")
_ASKING: Final = frozenset({"are you", "are we", "are they", "do you", "do we", "do they", "did you", "can you",
                            "could you", "would you", "is it", "is there", "are there", "have you"})  # fmt: skip


def truecase(words: Sequence[str], final: bool) -> str:
    """One sentence from lower-case words: cased; ended by a full stop or a question mark if it is final."""
    if not words:
        return ""
    text = " ".join(_cased(words, index) for index in range(len(words)))
    text = text[0].upper() + text[1:]
    return text + _mark(words) if final else text


def _cased(words: Sequence[str], index: int) -> str:
    word = words[index]
    before = words[index - 1] if index else ""
    after = words[index + 1] if index + 1 < len(words) else ""
    if word.endswith("'s") and len(word) > 2 and word not in _CASED:
        return _cased([*words[:index], word[:-2], after], index) + "'s"
    if word in _TITLES and after and after not in _SMALL:
        return _TITLES[word]
    if before in _TITLES and word not in _SMALL:
        return word.capitalize()
    if (word, after) in _PAIRS or (before, word) in _PAIRS:
        return word.capitalize()
    if word in _MONTHS_LIKE_WORDS and before in _MONTHS_AFTER:
        return word.capitalize()
    return _CASED.get(word, word)


def _mark(words: Sequence[str]) -> str:
    """A question mark where the first words leave no doubt."""
    asks = words[0] in _QUESTION_WORDS and len(words) > 2 and words[1] in _VERBS and words[2] in _SUBJECTS
    return "?" if asks or " ".join(words[:2]) in _ASKING else "."
