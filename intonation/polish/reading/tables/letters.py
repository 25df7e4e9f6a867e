"""Letters by their names, and acronyms: which are words, which are letters."""

from intonation.polish.words import word_set

_NAMES = """A a B be C ce D de E e F ef G gie H ha I i J jot K ka L el M em N en O o P pe Q ku R er
    S es T te U u V fał W wu X iks Y igrek Z zet Ą ą Ć cie Ę ę Ł eł Ń eń Ó ó Ś eś Ź ziet Ż żet"""
LETTER_NAMES = dict(zip(_NAMES.split()[::2], _NAMES.split()[1::2], strict=True))
# Read as words; given where the reading is not the spelling.
WORD_ACRONYMS = {
    **{
        name: name.capitalize()
        for name in word_set(
            "ZUS NATO PAN PAP NIK NIP PIT KRUS GUS CIT RODO LOT KUL GIS SOR PESEL NASA FIFA UNICEF "
            "GOPR WOPR TOPR PIN SIM RAM UFO LED MON TIR BOR DIN GROM PAM SKOK KOR CERN ASEAN "
            "SARS MERS IKEA OLED ORMO ZOMO GRU WIG FIBA EKUZ MEN MOPS GOPS MOSIR "
            "WOŚP RAŚ PIP SANEPID EFTA NAFTA EURATOM INTERPOL EUROPOL ORLEN LOTOS TAURON PEKAO LEGO"
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
    "EUR": "euro",
    "CBOS": "Cebos",
    "OPEC": "Opek",
    "HIV": "Hiw",
    "SUV": "suw",
    "IBM": "aj-bi-em",
    "FBI": "ef-bi-aj",
    "CIA": "si-aj-ej",
    "BBC": "bi-bi-si",
    "CNN": "si-en-en",
    "MTV": "em-ti-wi",
    "DJ": "didżej",
    "VIP": "wip",
    "PFRON": "Pefron",
    "UOKiK": "Uokik",
    "IBRiS": "Ibris",
    "ZAiKS": "Zaiks",
    "MSWiA": "em-es-wu-i-a",
    "GDDKiA": "gie-de-de-ka-i-a",
    "MEiN": "Mein",
    "MNiSW": "em-en-i-es-wu",
    "NFOŚiGW": "en-ef-oś-i-gie-wu",
    "PKOl": "pe-ka-ol",
    "MKOl": "em-ka-ol",
    "UWr": "u-wu-er",
    "PWr": "pe-wu-er",
}
# Read by letters, though they could be read as words.
LETTER_ACRONYMS = word_set(
    """UE USD USA AGH AWF UJ UW UAM UMK UŁ UG PKO ONZ ABW AK RP PO CBA AZS ASP AM PCK RPO
    EKG
    USG OC AC UV IPN IQ EU OSP LO PZU AI TVP TVN PKP PKS KO OFE USB UKF OBOP ROP ABC EEG GPW IMGW
    NFZ GOK UMCS UKSW UWM UZ UR UP UTP ATH UEK SGGW PSL OPZZ WHO WTO OECD OBWE DNA RNA ADHD ABS
    HBO NBA UFC SOS RPA ZEA UPA NSDAP UB MO OHP AWS NSA WSA TSUE SA OZE POZ OIT KPO IO ME ATP WTA
    BMI URL UHF EFS EBI EBC MFW ETS UPC IPO URE UKE UOP PAIH PAU UHT UVA UVB AED
    ISBN ISSN AA AAA RRSO IC EIP EC EN TLK ESP EIB ROD OKE CKE SSE CEIDG UPS
    OCR IBE"""
)
