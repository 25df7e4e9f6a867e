"""What asks for a case: prepositions, nouns and verbs, and what may stand between."""

from intonation.polish.words import word_set

# cases that a preposition can stand with, the likelier for a number with a unit first
PREPOSITIONS = {
    **dict.fromkeys(
        word_set(
            """od ode do bez beze dla u około koło obok oprócz prócz spod znad spoza sprzed zza
            spomiędzy wśród według podczas poniżej powyżej wobec spośród niedaleko
            nieopodal zamiast wokół dookoła naokoło naprzeciw naprzeciwko wzdłuż
            wewnątrz wskutek mimo pomimo względem celem tytułem odnośnie circa"""
        ),
        ("gen",),
    ),
    **dict.fromkeys(word_set("ku dzięki przeciw wbrew przeciwko"), ("dat",)),
    **dict.fromkeys(word_set("przez przeze co"), ("acc",)),
    "przy": ("loc",),
    "w": ("loc", "acc"),
    "we": ("loc", "acc"),
    "na": ("acc", "loc"),
    "o": ("acc", "loc"),
    "po": ("acc", "loc"),
    "za": ("acc", "inst", "gen"),
    "przed": ("inst", "acc"),
    "przede": ("inst",),
    "pod": ("acc", "inst"),
    "nad": ("inst", "acc"),
    "między": ("inst",),
    "pomiędzy": ("inst",),
    "poza": ("inst",),
    "z": ("gen", "inst"),
    "ze": ("gen", "inst"),
}
# prepositions of two words: with the genitive, with the instrumental
_OF_TWO = {
    "z": """wyjątkiem udziałem okazji tytułu powodu końcem początkiem pomocą wysokości odległości
        prędkością szybkością""",
    "na": """podstawie mocy skutek rzecz czele przestrzeni początku końcu okres łamach obszarze
        powierzchni wysokości szerokości głębokości głębokość odległość wysokość
        szerokość wezwanie wniosek użytek""",
    "w": """przypadku razie sprawie ciągu wyniku zakresie granicach pobliżu okolicy okolicach
        trakcie czasie wysokości liczbie ilości wieku składzie obecności intencji
        imieniu celu obrębie miejsce toku skutek formie postaci roli sile cenie kwocie
        sumie odległości promieniu obliczu otoczeniu towarzystwie asyście obronie
        stronę kierunku rejonie skład""",
    "pod": """względem wpływem koniec nieobecność dowództwem groźbą adresem""",
    "za": """pomocą sprawą zgodą cenę kwotę sumę panowania czasów""",
    "przy": """pomocy użyciu udziale wsparciu prędkości dźwiękach""",
    "przez": """okres""",
    "po": """upływie""",
    "do": """spraw""",
    "od": """czasu strony""",
    "ze": """strony""",
}
TWO_WORDS = {
    (first, word): ("gen",) for first, words in _OF_TWO.items() for word in word_set(words)
}
TWO_WORDS |= {
    (one, "z"): ("inst",)
    for one in word_set(
        """zgodnie wraz razem związku porównaniu łącznie zgodny zgodna zgodne zgodnego zgodnej"""
    )
}
JOINTS = word_set("i oraz lub albo a czy ani bądź")
# stand between what governs and the number, and change nothing
TRANSPARENT = word_set(
    """ponad prawie niemal blisko tylko aż jakieś jeszcze zaledwie najmniej najwyżej co
    przynajmniej już mniej więcej ostatnich ostatnie ostatnimi pierwszych pierwsze tych te
    tym tymi następne kolejne kolejnych wszystkie wszystkich dokładnie równo raptem całe
    całych jedynie nawet minus plus niespełna niecałe niecałych średnio łącznie maksymalnie
    minimalnie przeszło grubo ledwie ledwo bodaj razem mniejwięcej dobre okrągłe pełne
    wyłącznie aktualnie obecnie dziś dzisiaj wczoraj teraz zwykle znowu ponownie wciąż nadal
    także również też podobno przeciętnie orientacyjnie szacunkowo minimum maksimum"""
)
POSSESSIVE = word_set("jego jej ich")
# times of day behind o, which no measure follows: o świcie pięć osób
TIMES_OF_DAY = word_set("świt zmrok zmierzch północ poranek godzina pora dzień rok wieczór czas")
# nouns that have a number after them in the genitive (those in -ość do, too)
OF_MEASURE = word_set(
    """odległość wysokość cena kwota grupa suma prędkość temperatura długość szerokość głębokość
    waga masa powierzchnia moc wiek koszt ciąg okres czas wzrost szybkość kara grzywna dług
    zysk strata nakład wartość zasięg tempo rabat zniżka podwyżka budżet kredyt pożyczka
    nagroda premia kaucja mandat zaliczka opłata odstęp promień średnica napięcie
    częstotliwość objętość dystans koniec większość połowa brak zespół oddział przewaga
    różnica przekątna obwód ciśnienie stężenie dawka porcja zapas składka pensja emerytura
    dochód przychód wynagrodzenie odszkodowanie dotacja dopłata limit próg poziom worek
    paczka skrzynka wypłata spłata zwrot zakup utrata sprzedaż dostawa intencja termin
    przeciąg perspektywa urlop wymiar kadencja opóźnienie rata czynsz rekompensata
    stypendium zapomoga zasiłek wsparcie dofinansowanie wpłata przelew deficyt nadwyżka
    fundusz pula populacja załoga ekipa tłum grono seria zestaw zbiór rozpiętość liczba
    rozmiar rząd ubytek kolekcja komplet ranking szereg zestawienie lista wykaz rejestr spis
    cykl oddziaływanie reprezentacja sojusz koalicja federacja unia roztwór mieszanka
    mieszanina średnia iloczyn pojemność bank karton butelka słoik zgrzewka pakiet blok
    konwój szwadron kolumna eskadra flota floty stado przedział wątek frekwencja rzesza
    armia garnizon"""
)
# what is done with many: remont czternastu szkół; but not in what is done so: w budowie, na budowie
OF_ACTION = word_set(
    """remont budowa przebudowa rozbudowa odbudowa kradzież wymiana naprawa montaż demontaż wynajem
    najem dzierżawa produkcja eksport import hodowla uprawa analiza ocena przegląd kontrola
    obsługa ochrona poszukiwanie pomiar połów zbiór druk nakręcenie przewóz transport wywóz
    przywóz wykup zabójstwo ewakuacja porównanie synteza zamiana konserwacja zatrudnienie
    nadzór patronat wydruk przeszczep zapis skan kopia przekład tłumaczenie śmierć portret
    podpis opinia zdanie historia dzieje biografia pomoc"""
)
NO_ACTION = word_set("stacja kolacja restauracja sytuacja redakcja relacja delegacja")
# the same of these forms alone: w składzie, but wchodzi w skład
OF_THESE = word_set(
    """składzie udziałem udziale wyniku skutku powodu celu upływie zakresie obrębie ramach trakcie
    pomocą pomocy gronie imieniu terenie"""
)
# ze behind these is about: waży ze trzydzieści kilogramów
OF_ABOUT = word_set("ważyć mieć liczyć kosztować trwać być czekać")
# people who are named by whom or what they have: ojciec pięciorga dzieci
OF_PEOPLE = word_set(
    """ojciec matka rodzic opiekun opiekunka autor autorka właściciel właścicielka laureat
    laureatka zdobywca zwycięzca zwyciężczyni uczestnik uczestniczka twórca twórczyni
    mieszkaniec mieszkanka przedstawiciel przedstawicielka reprezentant członek szef lider
    kibic delegat delegacja władza ambasador dowódca wychowanek pracownik kierownik dyrektor
    prezes burmistrz wójt starosta trener posiadacz nabywca wykonawca bohater współautor
    wydawca nauczyciel sprawca ofiara świadek adresat lokator uczeń uczennica student
    absolwent absolwentka radny zawodnik załogant minister ambasador premier prezydent król
    piłkarz poseł senator kandydat"""
)
# verbs whose object is in the genitive; with się
GENITIVE_VERBS = word_set(
    """brakować braknąć zabraknąć potrzebować wymagać dożyć sięgać sięgnąć dosięgnąć żądać zażądać
    ubyć ubywać przybyć przybywać dotyczyć szukać poszukiwać używać użyć unikać uniknąć
    oczekiwać pilnować domagać doczekać spodziewać udzielić udzielać dokonać dokonywać
    doznać doznawać pozbawić pozbawiać pozbyć dobiegać dobiec strzec bronić odmówić odmawiać
    wysłuchać dotrzymać doświadczyć doświadczać zabronić zakazać dotknąć dotykać nabrać
    przestrzegać pragnąć zaniechać nazbierać udzielać zażyć zażywać próbować spróbować
    skosztować dostarczać"""
) - word_set("dostarczać")
GENITIVE_REFLEXIVE = word_set(
    """doliczyć dorobić dosłużyć dopatrzyć dopuścić podjąć trzymać obawiać bać uczyć nauczyć wyrzec
    zrzec napić najeść dochować wyprzeć wystrzegać chwycić dochrapać dopracować"""
)
GENITIVE_ADJECTIVES = word_set("bliski godny pozbawić")
# in the instrumental; with się alone
INSTRUMENTAL_VERBS = word_set(
    """kierować pokierować zarządzać rządzić dowodzić dysponować handlować obracać operować władać
    poczęstować obdarować zaowocować skutkować ruszać kręcić machać"""
)
INSTRUMENTAL_REFLEXIVE = word_set(
    """opiekować zaopiekować zajmować zająć interesować zainteresować dzielić podzielić zadowalać
    zadowolić cieszyć chwalić pochwalić szczycić poszczycić martwić bawić przejmować wykazać
    wykazywać legitymować wylegitymować posługiwać posłużyć skończyć zakończyć kończyć
    charakteryzować odznaczać odznaczyć cechować popisać"""
)
# in the instrumental, of measures: zalej siedmiuset mililitrami
POURING = word_set(
    """zalać zalewać podlać podlewać polać polewać skropić skrapiać posypać posypywać zasypać
    oprószyć spryskać natrzeć dopełnić"""
)
# in the dative, of measures: mila odpowiada tysiącowi sześciuset metrom
DATIVE_VERBS = word_set("odpowiadać dorównywać dorównać sprostać podołać")
CLITICS = word_set(
    "się mu jej im mi ci go nam wam sobie mnie tobie nas was ją je nim nimi komuś jemu"
)
IS = word_set("jest są")
OTHERS = ("nom", "acc", "gen", "inst", "dat", "loc")  # of what is no object: od lat, dwa dni
