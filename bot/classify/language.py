"""German, English, or neither: from the words themselves, since the platform's claim is often wrong.

Function words decide; where a post has none, the spelling of its words does; where that says nothing, the claim does.
"""

from ..text import Memo, Tokens

ENOUGH = 60  # words looked at: more would not change the answer
MARGIN = 1  # points one language must be ahead
_BITS = 12  # 60 words of 18 points at most fit
_LOW = (1 << _BITS) - 1

# Words of both ("in", "was", "die") stand in both lists and cancel out.
_WORDS = {
    "de": """
        aber alle als also am an ans auch auf aufm aus bei beim bin bis bist da damit dann das dass dein deine dem den denn
        der des dich die dies diese dieser dir doch du durch ein eine einem einen einer eines er erst es etwas euch euer
        eure fuer ganz gar geht gerade gerne gibt grad habe haben habt halt hat hatte heute hier ich ihm ihr ihre im immer
        inzwischen irgendwie ist ja jede jeden jemand jetzt jetz kann kein keine keinen keiner koennen koennt leider mache
        machen mal man mehr mein meine meinem meinen mich mir mit muss nach nee nein nicht nichts nix nie nu nur ob obwohl
        ode oder ohne schon sehr seid sein seit sich sie sind so sonst und uns unser unsere unter vom von vor wann warum was
        weder weg weil wenn wer werden wie wieder wieso wir wird wo zu zum zur zwischen ueber ueberall viel wat dat det dit
        ick icke isch net ned nischt koa oiner mei dei hob hoab bisserl gell all will gute voll neulich laut deutlich ne ner
        nem aufs ins woas jo scho no moin servus danke bitte guten morgen gestern kommt laeuft steht in
        """,
    "en": """
        a about after again all am an and any anyone are arent as at back be because been before but by can cant cause could
        day did didnt do does doesnt doing dont down for from get getting got had has hasnt have havent having he her here
        his how i if ill im in into is isnt it its ive just keep keeps know like me more my myself need never no not nothing
        now of off on one only or our out over please really same she should since so some still than thank thanks that the
        their them there theyre they this though to today too trying up us very was wasnt we well were what whats when where
        which while who why will with without wont would yes yesterday yet you your youre yours u ur pls omg wtf lol mate hi
        hello hey good morning works man die hat also
        """,
    "other": """
        que de la el los las una un por para con est les des pas je vous nous qui dans pour avec sur het een niet voor maar
        zijn ook van ik je op naar il di che non per sono del della bir ve bu icin ne cok da para nao uma com og det ikke er
        som jeg ar att och som nie jest na sie ze dla czy y en es mas pero como esta muy le et ce si mi tu lo al
        """,
}
_SPELLING = {
    "de": ("sch", "ung", "keit", "lich", "isch", "cht", "tz", "pf", "eit", "iert", "stoer", "ae", "oe", "ue", "ein"),
    "en": ("th", "ough", "tion", "ing", "wh", "ck", "ly", "oo", "ee", "ght", "sh", "able", "y"),
}


def language(tokens: Tokens, claimed: str | None) -> str:
    """ "de", "en", or "und" when the words speak another language or none and nothing is claimed that we know."""
    total = sum(map(_POINTS.__getitem__, tokens.words[:ENOUGH]))
    german, english, other = total & _LOW, total >> _BITS & _LOW, total >> 2 * _BITS
    if other > max(german, english):
        return "und"
    if german >= english + MARGIN:
        return "de"
    if english >= german + MARGIN:
        return "en"
    short = (claimed or "").lower()[:2]
    return short if short in ("de", "en") else "und"


class _Points(Memo[int]):
    """How much a word speaks for German, for English, for another language: three numbers in one, so that a text's is their sum."""

    def __missing__(self, word: str) -> int:
        german, english, other = _points(word)
        return self.keep(word, german | english << _BITS | other << 2 * _BITS)


def _points(word: str) -> tuple[int, int, int]:
    if word in _LISTED:
        return _LISTED[word]
    if word[:1] in "@#" or not word[:1].isalpha():
        return 0, 0, 0
    if not word.isascii():  # another script: what folding could not spell in Latin letters
        return 0, 0, 3
    if len(word) < 4:
        return 0, 0, 0
    inside = word.__contains__
    return sum(map(inside, _SPELLING["de"])), sum(map(inside, _SPELLING["en"])), 0


_LISTS = {key: frozenset(words.split()) for key, words in _WORDS.items()}
_LISTED = {
    word: (6 * (word in _LISTS["de"]), 6 * (word in _LISTS["en"]), 6 * (word in _LISTS["other"]))
    for words in _LISTS.values()
    for word in words
}
_POINTS = _Points()
FUNCTION_WORDS = _LISTS["de"] | _LISTS["en"]
