"""Abbreviations, units, currencies, acronyms and letters, and what each is read as.

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
    "b.r": "bieżącego roku",
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
}
# These in the case that a preposition asks for.
THIS = {"br": ("bieżący", "rok"), "bm": ("bieżący", "miesiąc")}
# The same without a full stop.
UNDOTTED = {"wg": "według", "cdn": "ciąg dalszy nastąpi", "ds": "do spraw", "jw": "jak wyżej"}
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
}
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
}
# Nouns before what they name: places and parts of writings.
PLACES = {
    "ul": ("ulica", "f"),
    "al": ("aleja", "f"),
    "pl": ("plac", "m3"),
    "os": ("osiedle", "n"),
    "woj": ("województwo", "n"),
    "pow": ("powiat", "m3"),
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
}
# These count with an ordinal after them (rozdział trzeci); others with a cardinal (numer trzy).
ORDINAL_HEADS = word_set(
    """rozdział tom klasa strona punkt artykuł ustęp paragraf akt część lekcja godzina peron
    piętro księga rok wydanie odcinek semestr etap dzień tydzień sezon miejsce"""
)
# Abbreviations that are also words, and so need a name, a number or a digit after them.
WORDLIKE = word_set("p im ul al os por gen min lek red tab art t s r pow gm cz wyd pot doc")
DOTLESS = word_set("dr mgr nr płk ppłk mjr kpt bp abp hr pkt")

# unit: lemma of its noun, gender, what follows it.
UNITS = {
    "km/h": ("kilometr", "m3", "na godzinę"),
    "m/s": ("metr", "m3", "na sekundę"),
    "Mb/s": ("megabit", "m3", "na sekundę"),
    "km²": ("kilometr", "m3", "kwadratowy"),
    "m²": ("metr", "m3", "kwadratowy"),
    "m2": ("metr", "m3", "kwadratowy"),
    "cm²": ("centymetr", "m3", "kwadratowy"),
    "m³": ("metr", "m3", "sześcienny"),
    "m3": ("metr", "m3", "sześcienny"),
    "°C": ("stopień", "m3", "Celsjusza"),
    "°F": ("stopień", "m3", "Fahrenheita"),
    "°": ("stopień", "m3", ""),
    "km": ("kilometr", "m3", ""),
    "cm": ("centymetr", "m3", ""),
    "mm": ("milimetr", "m3", ""),
    "dm": ("decymetr", "m3", ""),
    "m": ("metr", "m3", ""),
    "kg": ("kilogram", "m3", ""),
    "dag": ("dekagram", "m3", ""),
    "µg": ("mikrogram", "m3", ""),
    "μg": ("mikrogram", "m3", ""),
    "mg": ("miligram", "m3", ""),
    "g": ("gram", "m3", ""),
    "t": ("tona", "f", ""),
    "ml": ("mililitr", "m3", ""),
    "dl": ("decylitr", "m3", ""),
    "hl": ("hektolitr", "m3", ""),
    "l": ("litr", "m3", ""),
    "ha": ("hektar", "m3", ""),
    "kWh": ("kilowatogodzina", "f", ""),
    "KM": ("koń", "m2", "mechaniczny"),
    "kW": ("kilowat", "m3", ""),
    "MW": ("megawat", "m3", ""),
    "W": ("wat", "m3", ""),
    "V": ("wolt", "m3", ""),
    "kHz": ("kiloherc", "m3", ""),
    "MHz": ("megaherc", "m3", ""),
    "GHz": ("gigaherc", "m3", ""),
    "Hz": ("herc", "m3", ""),
    "dB": ("decybel", "m3", ""),
    "hPa": ("hektopaskal", "m3", ""),
    "kcal": ("kilokaloria", "f", ""),
    "kB": ("kilobajt", "m3", ""),
    "MB": ("megabajt", "m3", ""),
    "GB": ("gigabajt", "m3", ""),
    "TB": ("terabajt", "m3", ""),
    "min": ("minuta", "f", ""),
    "sek": ("sekunda", "f", ""),
    "godz": ("godzina", "f", ""),
    "ms": ("milisekunda", "f", ""),
    "s": ("sekunda", "f", ""),
    "h": ("godzina", "f", ""),
    "szt": ("sztuka", "f", ""),
    "pkt": ("punkt", "m3", ""),
    "os": ("osoba", "f", ""),
    "str": ("strona", "f", ""),
    "egz": ("egzemplarz", "m3", ""),
    "mies": ("miesiąc", "m3", ""),
    "r.ż": ("rok", "m3", "życia"),
}
# currency: lemma, gender, lemma and gender of its hundredth.
CURRENCIES = {
    "zł": ("złoty:S", "m3", "grosz", "m3"),
    "PLN": ("złoty:S", "m3", "grosz", "m3"),
    "gr": ("grosz", "m3", "", ""),
    "€": ("euro", "n", "cent", "m3"),
    "EUR": ("euro", "n", "cent", "m3"),
    "$": ("dolar", "m3", "cent", "m3"),
    "USD": ("dolar", "m3", "cent", "m3"),
    "£": ("funt", "m3", "pens", "m3"),
    "GBP": ("funt", "m3", "pens", "m3"),
    "CHF": ("frank", "m3", "centym", "m3"),
}
SCALES = {
    "tys.": (1000, "tysiąc"),
    "tys": (1000, "tysiąc"),
    "mln": (10**6, "milion"),
    "mld": (10**9, "miliard"),
}

MONTHS = (
    *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca"),
    *("lipca", "sierpnia", "września", "października", "listopada", "grudnia"),
)

_NAMES = """A a B be C ce D de E e F ef G gie H ha I i J jot K ka L el M em N en O o P pe Q ku R er
    S es T te U u V fał W wu X iks Y igrek Z zet Ą ą Ć cie Ę ę Ł eł Ń eń Ó ó Ś eś Ź ziet Ż żet"""
LETTER_NAMES = dict(zip(_NAMES.split()[::2], _NAMES.split()[1::2], strict=True))
# Read as words; given where the reading is not the spelling.
WORD_ACRONYMS = {
    **{
        name: name.capitalize()
        for name in word_set(
            "ZUS NATO PAN PAP NIK NIP PIT KRUS GUS CIT RODO LOT KUL GIS SOR PESEL NASA FIFA UNICEF "
            "GOPR WOPR TOPR PIN SIM RAM UFO LED MON TIR BOR DIN GROM PAM SKOK KOR CERN ASEAN"
        )
    },
    "VAT": "Wat",
    "UNESCO": "Unesko",
    "UEFA": "Uefa",
    "COVID": "Kowid",
    "AIDS": "Ejds",
    "OK": "okej",
    "PR": "pi-ar",
    "IT": "aj-ti",
    "PiS": "Pis",
    "OIOM": "Ojom",
}
# Read by letters, though they could be read as words.
LETTER_ACRONYMS = word_set(
    """UE USA AGH AWF UJ UW UAM UMK UŁ UG PKO ONZ ABW AK RP PO CBA CIA FBI AZS ASP AM PCK RPO EKG
    USG OC AC UV IPN IQ EU OSP LO PZU AI TVP TVN PKP PKS KO OFE USB UKF OBOP ROP ABC EEG GPW IMGW
    NFZ GOK"""
)
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
# Foreign words whose Polish reading is certain, by stem; Polish endings follow.
FOREIGN = {
    "volkswagen": "folkswagen",
    "volvo": "wolwo",
    "xero": "ksero",
    "quiz": "kłiz",
    "vivaldi": "wiwaldi",
    "video": "wideo",
    "fax": "faks",
    "taxi": "taksi",
    "max": "maks",
    "felix": "feliks",
    "alex": "aleks",
    "xawer": "ksawer",
    "xavier": "ksawier",
    "viktor": "wiktor",
    "victoria": "wiktoria",
    "eva": "ewa",
    "versus": "wersus",
    "vice": "wice",
    "veto": "weto",
    "via": "wia",
    "von": "fon",
    "van": "wan",
    "quasi": "kwazi",
    "vademecum": "wademekum",
    "café": "kafe",
    "à": "a",
    "vat": "wat",
    "vip": "wip",
    "xenia": "ksenia",
    "linux": "linuks",
    "unix": "uniks",
    "zoë": "zoe",
    "noël": "noel",
}
