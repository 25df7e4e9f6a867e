"""Function words of Polish with a coarse part of speech; every other word is content.

The names follow the HTS demo's coarse classes where they fit: content, aux (forms of być and
of the passive's zostać), cc (conjunctions), det (demonstratives, possessives, indefinites),
in (prepositions), md (modals), pps (personal pronouns), wp (question words and relatives)
and part (particles, negation, the reflexive się).
"""

from intonation.polish.words import word_set

CONTENT, QUESTION_WORD = "content", "wp"

# A form of two classes (że, je, to, nie) has the first it is listed under.
_FUNCTION_WORDS = {
    "in": """bez beze dla do k ku między mimo na nad nade o obok od ode około oprócz po pod
        podczas pode pomiędzy ponad poza przeciw przed przede przez przeze przy spod spośród
        spoza sprzed u w wbrew we według wobec wokół wskutek wśród wzdłuż z za zamiast ze znad
        zza dzięki poprzez wewnątrz naprzeciw""",
    "cc": """a aby abym abyś abyśmy abyście albo ale ani aż bo bowiem choć chociaż czyli dlatego
        dopóki gdy gdyby gdybym gdybyś gdybyśmy gdybyście gdyż i iż jakby jednak jeśli jeżeli
        lecz lub natomiast niż oraz póki ponieważ skoro toteż więc zanim zaś zatem że żeby
        żebym żebyś żebyśmy żebyście""",
    "aux": """jest jestem jesteś jesteśmy jesteście są być był była było byli były byłem byłam
        byłeś byłaś byliśmy byłyśmy byliście byłyście będę będziesz będzie będziemy będziecie
        będą bądź byłby byłaby byłoby byliby byłyby został została zostało zostali zostały
        zostanie zostaną""",
    "md": """można trzeba należy wolno warto powinien powinnam powinienem powinna powinno
        powinni powinny powinniśmy powinnyśmy powinniście powinnyście musi muszę musisz musimy
        musicie muszą mogę możesz może możemy możecie mogą mógł mogła mogło mogli mogły mógłby
        mogłaby mogłoby mogliby mogłyby musiał musiała musiało musieli musiały""",
    "part": """by bym byś byśmy byście czy się nie niech niechaj no oby tak to oto też także
        tylko już jeszcze nawet właśnie chyba byle przecież zresztą otóż raczej""",
    "pps": """ja ty on ona ono my wy oni one mnie mi mną ciebie cię tobie ci tobą jego go jemu
        mu niego niemu nim jej ją niej nią nas nam nami was wam wami ich im nich nimi je
        siebie sobie sobą""",
    "det": """ten ta te tego tej temu tym tych tymi tę tą tamten tamta tamto tamte tamtego
        tamtej tamtym tamtych tamtą tamtymi taki taka takie takiego takiej takim takich taką
        takimi ów owa owo owe owego owej owym owych mój moja moje mojego mojej moim moich moją
        moimi twój twoja twoje twojego twojej twoim twoich twoją twoimi nasz nasza nasze
        naszego naszej naszym naszych naszą naszymi wasz wasza wasze waszego waszej waszym
        waszych waszą waszymi swój swoja swoje swojego swojej swoim swoich swoją swoimi swe
        swą swego swej swych każdy każda każde każdego każdej każdym każdą wszystko wszystkie
        wszystkich wszystkim wszyscy jakiś jakaś jakieś jakiegoś jakiejś jakimś żaden żadna
        żadne żadnego żadnej coś czegoś czemuś czymś ktoś kogoś komuś kimś nic niczego niczym
        nikt nikogo nikomu nikim""",
    "wp": """kto kogo komu kim co czego czemu czym gdzie kiedy dokąd skąd którędy odkąd dlaczego
        jak jaki jaka jakie jakiego jakiej jakiemu jakim jakich jaką jakimi jakże który która
        które którego której któremu którym których którą którymi którzy ile ilu iloma czyj
        czyja czyje czyjego czyjej czyim czyich czyją cóż któż""",
}

# Words of one syllable without a stress of their own.
_CLITICS = word_set(
    """w z k bez dla do ku na nad o od po pod przed przez przy spod sprzed u wbrew we
    wśród za ze znad zza a aż bo choć gdy gdyż i iż lecz lub niż zaś że jest są by bym byś czy
    się nie niech no to mnie mi cię ci go mu jej ją nas nam was wam ich im je ten ta te tę tą
    tej tym tych"""
)

# Prepositions that take the stress of a pronoun after them: do mnie, przed nim, u nas.
_PRIMARY_PREPOSITIONS = word_set(
    """bez beze dla do ku na nad nade o od ode po pod pode przed przede przez przeze przy u we
    za ze"""
)
_AFTER_PREPOSITION = word_set("mnie mną nim niej nią nich nas nam was wam")


_CLASS_OF = {
    word: name for name in reversed(_FUNCTION_WORDS) for word in _FUNCTION_WORDS[name].split()
}
PARTS_IN_WORDS = {
    CONTENT: "content word",
    "aux": "auxiliary",
    "cc": "conjunction",
    "det": "determiner",
    "in": "preposition",
    "md": "modal verb",
    "part": "particle",
    "pps": "personal pronoun",
    QUESTION_WORD: "question word",
}
PARTS_OF_SPEECH = tuple(sorted(PARTS_IN_WORDS))


def part_of_speech(word: str) -> str:
    """Coarse part of speech of a lower-case word: one of PARTS_OF_SPEECH."""
    return _CLASS_OF.get(word, CONTENT)


def is_clitic(word: str) -> bool:
    """True for a word of one syllable that leans on a neighbour and has no stress."""
    return word in _CLITICS


def gives_stress_as(word: str, before: str) -> tuple[str, ...]:
    """As which parts of speech a word of one syllable leaves its stress to the one before.

    nie wiem, nie ma: the stress is on nie. do mnie, przeze mnie: on the preposition.
    """
    if before == "nie":
        return (CONTENT, "aux", "md")
    leans = before in _PRIMARY_PREPOSITIONS and word in _AFTER_PREPOSITION
    return PARTS_OF_SPEECH if leans else ()
