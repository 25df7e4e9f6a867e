"""Foreign words and names whose Polish reading is certain, by stem; Polish endings follow."""

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
_PEOPLE = """shakespeare szekspir chopin szopen goethe gete beethoven betowen mozart mocart
    schiller sziler schubert szubert schumann szuman händel hendel haydn hajdn verdi werdi
    puccini puczini debussy debisi ravel rawel bizet bize voltaire wolter rousseau ruso
    descartes dekart diderot didro molière molier moliere molier verne wern balzac balzak
    flaubert flober proust prust camus kami dickens dikens joyce dżojs byron bajron wilde łajld
    orwell orłel tolkien tolkin twain tłejn lincoln linkoln roosevelt ruzwelt kennedy kenedi
    nixon nikson reagan regan clinton klinton bush busz trump tramp biden bajden churchill
    czerczil thatcher taczer blair bler johnson dżonson macron makron sarkozy sarkozi gaulle
    gol scholz szolc schröder szreder schroeder szreder goebbels gebels einstein ajnsztajn
    newton niuton faraday faradej maxwell maksłel planck plank heisenberg hajzenberg
    schrödinger szredinger röntgen rentgen curie kiri pasteur paster ampère amper volta wolta
    bohr bor hawking hoking freud frojd nietzsche nicze leibniz lajbnic schopenhauer
    szopenhauer heidegger hajdeger wittgenstein witgensztajn marx marks spielberg spilberg
    steven stiwen steve stiw stephen stiwen george dżordż john dżon james dżejms william łiliam
    potter poter sherlock szerlok holmes holms watson łotson christie kristi disney disnej
    jackson dżekson elvis elwis presley presli lennon lenon müller miler dvořák dworzak čapek
    czapek hašek haszek havel hawel pelé pele zidane zidan schumacher szumacher vettel fetel
    djokovic dżokowić djoković dżokowić hemingway heminłej agatha agata thomas tomas timothy
    timoti musk mask gates gejts jobs dżobs zuckerberg zakerberg hitchcock hiczkok kubrick
    kjubrik tarantino tarantino picasso pikaso cézanne sezan monet mone manet mane renoir
    renuar rodin rodę gaugin gogę gauguin gogę matisse matis vincent winsent gogh gog vermeer
    wermer velázquez welaskez leonardo leonardo vinci winczi michelangelo mikelandżelo
    bernoulli bernuli fourier furie lagrange lagranż laplace laplas gauss gaus euler ojler
    riemann riman hubble habl celsius celsjus fahrenheit farenhajt watt łat joule dżul victor
    wiktor xavi czawi ivan iwan vladimir władimir václav wacław joseph dżozef strauss sztraus
    schmidt szmit schindler szindler wehrmacht wermacht"""
_PLACES = """new niu washington łoszynkton hollywood holiłud manchester manczester liverpool
    liwerpul chelsea czelsi juventus juwentus bayern bajern cambridge kembridż oxford oksford
    harvard harward yale jejl texas teksas chicago czikago vegas wegas seattle sijetl miami
    majami detroit detrojt houston hjuston brooklyn bruklin manhattan manhatan bronx bronks
    broadway brodłej heathrow hitroł wembley łembli wimbledon łimbledon bordeaux bordo cannes
    kan versailles wersal york jork renault reno peugeot peżo citroën sitroen citroen sitroen
    chevrolet szewrolet porsche porsze hyundai hjundaj chrysler krajsler škoda szkoda
    lamborghini lamborgini facebook fejsbuk google gugl youtube jutub twitter tłiter whatsapp
    łotsap microsoft majkrosoft windows łindołs apple epl iphone ajfon xbox iksboks netflix
    netfliks gmail dżimejl intercity intersiti playstation
    plejstejszyn nvidia enwidia android android wikipedia
    wikipedia bluetooth blutuf tiktok tiktok vistula wistula nivea niwea visa wiza victoria
    wiktoria virginia wirdżinia venezia wenecja"""
NAMES = {
    **dict(zip(_PEOPLE.split()[::2], _PEOPLE.split()[1::2], strict=True)),
    **dict(zip(_PLACES.split()[::2], _PLACES.split()[1::2], strict=True)),
}
# Names that begin with a small letter, too.
SMALL = ("gmail", "iPhone", "xbox")
# What no Polish word has, though its letters are Polish.
UNPOLISH = "sh|th|ph|wh|eau|oux|ough"
