"""Abbreviations, and what each is read as.

Tables only: the check whether a text needs reading at all uses them, and loads nothing else.
"""

from intonation.polish.words import word_set

# Written with a full stop and read the same wherever they stand.
ABBREVIATIONS = {
    "m.in": "między innymi",
    "p.n.e": "przed naszą erą",
    "n.p.m": "nad poziomem morza",
    "n.e": "naszej ery",
    "p.o": "pełniący obowiązki",
    "sp. z o.o": "spółka z ograniczoną odpowiedzialnością",
    "b.r": "bieżący rok",
    "ub.r": "ubiegły rok",
    "ub. r": "ubiegły rok",
    "ub.m": "ubiegły miesiąc",
    "np": "na przykład",
    "tzn": "to znaczy",
    "tj": "to jest",
    "itd": "i tak dalej",
    "itp": "i tym podobne",
    "ok": "około",
    "zob": "zobacz",
    "por": "porównaj",
    "dn": "dnia",
    "ds": "do spraw",
    "dot": "dotyczy",
    "ew": "ewentualnie",
    "ewent": "ewentualnie",
    "br": "bieżący rok",
    "bm": "bieżący miesiąc",
    "tzw": "tak zwany",
    "ww": "wyżej wymieniony",
    "jw": "jak wyżej",
    "cdn": "ciąg dalszy nastąpi",
    "wyd": "wydanie",
    "ur": "urodzony",
    "zm": "zmarły",
    "śp": "świętej pamięci",
    "łac": "łacińskie",
    "ang": "angielskie",
    "niem": "niemieckie",
    "franc": "francuskie",
    "pt": "pod tytułem",
    "pn": "pod nazwą",
    "pw": "pod wezwaniem",
    "im": "imienia",
    "płd": "południowy",
    "płn": "północny",
    "wsch": "wschodni",
    "zach": "zachodni",
    "maks": "maksymalnie",
    "min": "minimum",
    "wł": "właściwie",
    "m. in": "między innymi",
    "i in": "i inni",
    "etc": "et cetera",
    "śś": "świętych",
    "codz": "codziennie",
    "z o.o": "z ograniczoną odpowiedzialnością",
    "nt": "na temat",
    "ws": "w sprawie",
    "cd": "ciąg dalszy",
    "c.d.n": "ciąg dalszy nastąpi",
    "j.w": "jak wyżej",
    "vs": "wersus",
    "ca": "około",
    "wzgl": "względnie",
    "s.a": "es-a",
    "sp.j": "spółka jawna",
    "sp.k": "spółka komandytowa",
    "sp. j": "spółka jawna",
    "sp. k": "spółka komandytowa",
    "z późn. zm": "z późniejszymi zmianami",
    "przyp. red": "przypis redakcji",
    "b.d": "bez daty",
}
# These in the case that a preposition asks for.
THIS = {
    "br": ("bieżący", "rok"),
    "b.r": ("bieżący", "rok"),
    "bm": ("bieżący", "miesiąc"),
    "ub.r": ("ubiegły", "rok"),
    "ub. r": ("ubiegły", "rok"),
    "ub.m": ("ubiegły", "miesiąc"),
}
# Nouns that stay the same but for their case: written, the noun, what follows it.
CODES = {
    "k.k": ("kodeks", "karny", ""),
    "k.c": ("kodeks", "cywilny", ""),
    "k.p": ("kodeks", "", "pracy"),
    "k.w": ("kodeks", "", "wykroczeń"),
    "k.p.a": ("kodeks", "", "postępowania administracyjnego"),
    "k.p.c": ("kodeks", "", "postępowania cywilnego"),
    "k.p.k": ("kodeks", "", "postępowania karnego"),
    "k.r.o": ("kodeks", "rodzinny", "i opiekuńczy"),
    "k.s.h": ("kodeks", "", "spółek handlowych"),
    "k.k.s": ("kodeks", "karny", "skarbowy"),
    "dz.u": ("dziennik", "", "Ustaw"),
    "dz. u": ("dziennik", "", "Ustaw"),
}
# The same without a full stop.
UNDOTTED = {
    "wg": "według",
    "cdn": "ciąg dalszy nastąpi",
    "ds": "do spraw",
    "jw": "jak wyżej",
    "vs": "wersus",
}
# With strokes.
STROKES = {
    "pH": "pe-ha",
    "r/r": "rok do roku",
    "m/m": "miesiąc do miesiąca",
    "k/k": "kwartał do kwartału",
    "m-ca": "miesiąca",
    "m-cy": "miesięcy",
    "m-cu": "miesiącu",
    "m-ce": "miesiące",
    "m-c": "miesiąc",
    "d/s": "do spraw",
    "w/w": "wyżej wymieniony",
}
# Adjectives in the gender, number and case of the noun after them.
ADJECTIVES = {
    "św": "święty",
    "hab": "habilitowany",
    "tzw": "zwany",
    "ww": "wymieniony",
    "płd": "południowy",
    "płn": "północny",
    "wsch": "wschodni",
    "zach": "zachodni",
    "maks": "maksymalny",
    "min": "minimalny",
    "śr": "średni",
    "bł": "błogosławiony",
    "gł": "główny",
    "wew": "wewnętrzny",
    "zewn": "zewnętrzny",
}
# Adjectives behind the noun that they describe, where no name or number follows: rozmowa tel.
POSTPOSED = {
    "tel": "telefoniczny",
    "ref": "referencyjny",
    "św": "święty",
    "geogr": "geograficzny",
    "mat": "matematyczny",
    "proc": "procentowy",
    "wsch": "wschodni",
    "zach": "zachodni",
    "płn": "północny",
    "płd": "południowy",
    "hist": "historyczny",
    "techn": "techniczny",
    "org": "organizacyjny",
    "adm": "administracyjny",
}
# These are adverbs where no noun follows that they would describe.
ADVERBS = {"maks": "maksymalnie", "min": "minimum", "śr": "średnio", "gł": "głównie"}
BEFORE_ADJECTIVE = {"tzw": "tak ", "ww": "wyżej "}
# Titles, before names: the case is the name's, and does not change before a woman's.
TITLES = {
    "prof": "profesor",
    "dr": "doktor",
    "mgr": "magister",
    "inż": "inżynier",
    "doc": "docent",
    "ks": "ksiądz",
    "bp": "biskup",
    "abp": "arcybiskup",
    "kard": "kardynał",
    "gen": "generał",
    "płk": "pułkownik",
    "ppłk": "podpułkownik",
    "kpt": "kapitan",
    "por": "porucznik",
    "ppor": "podporucznik",
    "mjr": "major",
    "sierż": "sierżant",
    "red": "redaktor",
    "min": "minister",
    "prez": "prezydent",
    "dyr": "dyrektor",
    "adw": "adwokat",
    "marsz": "marszałek",
    "hr": "hrabia",
    "lek": "lekarz",
    "p": "pan",
    "asp": "aspirant",
    "insp": "inspektor",
    "kom": "komisarz",
    "nadkom": "nadkomisarz",
    "podkom": "podkomisarz",
    "podinsp": "podinspektor",
    "mec": "mecenas",
    "prok": "prokurator",
    "prem": "premier",
    "sen": "senator",
    "kpr": "kapral",
    "rtm": "rotmistrz",
    "kmdr": "komandor",
    "adm": "admirał",
    "o": "ojciec",
    "br": "brat",
}
# Nouns before what they name: places and parts of writings.
PLACES = {
    "ul": ("ulica", "f"),
    "al": ("aleja", "f"),
    "pl": ("plac", "m3"),
    "os": ("osiedle", "n"),
    "woj": ("województwo", "n"),
    "gm": ("gmina", "f"),
    "rys": ("rysunek", "m3"),
    "tab": ("tabela", "f"),
    "fot": ("fotografia", "f"),
    "rozdz": ("rozdział", "m3"),
    "art": ("artykuł", "m3"),
    "ust": ("ustęp", "m3"),
    "pkt": ("punkt", "m3"),
    "str": ("strona", "f"),
    "s": ("strona", "f"),
    "t": ("tom", "m3"),
    "cz": ("część", "f"),
    "godz": ("godzina", "f"),
    "tel": ("telefon", "m3"),
    "nr": ("numer", "m3"),
    "temp": ("temperatura", "f"),
    "pok": ("pokój", "m3"),
    "poz": ("pozycja", "f"),
    "poł": ("połowa", "f"),
    "kl": ("klasa", "f"),
    "zał": ("załącznik", "m3"),
    "r": ("rok", "m3"),
    "l": ("rok", "m3"),
    "min": ("minuta", "f"),
    "pocz": ("początek", "m3"),
    "kw": ("kwartał", "m3"),
    "wym": ("wymiar", "m3"),
    "wys": ("wysokość", "f"),
    "szer": ("szerokość", "f"),
    "dł": ("długość", "f"),
    "głęb": ("głębokość", "f"),
    "gł": ("głębokość", "f"),
    "m": ("mieszkanie", "n"),
    "gr": ("grubość", "f"),
    "pow": ("powierzchnia", "f"),
    "poj": ("pojemność", "f"),
    "rozm": ("rozmiar", "m3"),
    "wydz": ("wydział", "m3"),
    "opak": ("opakowanie", "n"),
    "ryc": ("rycina", "f"),
    "bl": ("blok", "m3"),
    "lok": ("lokal", "m3"),
    "bud": ("budynek", "m3"),
    "podst": ("podstawa", "f"),
    "sygn": ("sygnatura", "f"),
    "lit": ("litera", "f"),
    "obw": ("obwód", "m3"),
    "kat": ("kategoria", "f"),
    "przyp": ("przypis", "m3"),
    "zad": ("zadanie", "n"),
    "ćw": ("ćwiczenie", "n"),
    "odc": ("odcinek", "m3"),
    "sez": ("sezon", "m3"),
    "il": ("ilustracja", "f"),
    "zesz": ("zeszyt", "m3"),
    "jez": ("jezioro", "n"),
    "rz": ("rzeka", "f"),
    "inst": ("instytut", "m3"),
    "uniw": ("uniwersytet", "m3"),
    "zakł": ("zakład", "m3"),
    "nakł": ("nakład", "m3"),
    "wyd": ("wydanie", "n"),
    "dod": ("dodatek", "m3"),
    "par": ("paragraf", "m3"),
    "egz": ("egzemplarz", "m3"),
    "skr": ("skrytka", "f"),
}
# Of these the plural: o wymiarach, w latach.
PLURALS = word_set("wym l")
# These stand in the genitive directly behind a noun: na podstawie artykułu, uczniowie klasy.
OF_WHOLE = word_set("art ust pkt par kl rozdz wydz woj gm inst uniw zakł jez rz odc zad")
# These count with an ordinal after them (rozdział trzeci); others with a cardinal (numer trzy).
ORDINAL_HEADS = word_set(
    """rozdział tom klasa strona punkt artykuł ustęp paragraf akt część lekcja godzina peron
    piętro księga rok wydanie odcinek semestr etap dzień tydzień sezon miejsce"""
)
# Abbreviations that are also words, and so need a name, a number or a digit after them.
WORDLIKE = word_set(
    """p im ul al os por gen min lek red tab art t s r pow gm cz wyd pot doc l m o gr par lit kat
    sen
    kom lok bud opak il egz dod rz adm inst
    ca cd gł maks śr vs nt ws prem obw sez skr"""
)
DOTLESS = word_set("dr mgr nr płk ppłk mjr kpt bp abp hr pkt")

# What is no word by itself, having no vowel: read behind a number in words (kilka km), else listed.
_INTERJECTIONS = "hm hmm mhm brr brrr pst psst ćśś grr wrr trr frr pff tss bzz zzz"
_CONSONANT = "[bcdfghjklmnprstwzćłńśźż]"
BY_ITSELF = (
    rf"(?!(?:{'|'.join(_INTERJECTIONS.split())})\b)(?:{_CONSONANT}{{2,}}|[bcdfghjklmnprstćłńśźż])"
)
# Begins of nouns that "I" before them numbers, though it begins the sentence.
NUMBERED = (
    "wojn|klas|rozdzia|tom|miejsc|piętr|lig|etap|stopień|wiek|połow|semestr|kwartał|lice|rzesz|"
    "edycj|kongres|zjazd"
)
