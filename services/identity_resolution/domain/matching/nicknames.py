"""Forms of one given name: short, pet and foreign ones."""

from __future__ import annotations

# Each line is one name. A form may stand in several lines: "alex" is Alexander and Alexandra.
_FORMS = """
abigail abby gail
adelaide addie heidi
albert al bert bertie
alexander alex alec alexandre alejandro alessandro aleksander sasha sandy xander iskander
alexandra alex alexa sandra sasha sandy lexi alessandra alejandra
alfred al alf fred freddie
alice ali allie alicia
amanda mandy
andrew andy drew andreas andre andrea andres andrzej anders
angela angie angel
anne ann anna annie anita nancy hannah ana anya anja
anthony tony antonio anton antoine
arthur art artie arturo
barbara barb barbie babs
beatrice bea trixie beatriz
benjamin ben benny benji
bernard bernie bernhard
bradley brad
caroline carol carrie carolina karoline
catherine kathy cathy kate katie kitty katherine kathryn katharina katarina catalina caterina cat kathleen kasia kat
charles charlie chuck chas carlos carlo karl carl
charlotte charlie lottie lotte
christina chris christy tina christine kristina kristine kirsten
christopher chris kit topher kris cristobal christoph
clara claire clare
cynthia cindy
daniel dan danny
david dave davy davey
deborah deb debbie debra
dennis denny
diana di diane
donald don donny
dorothy dot dottie dolly dorothea
douglas doug
edward ed eddie ted teddy ned eduardo edouard
edwin ed eddie
eleanor ellie nell nora ella leonora elena
elizabeth liz lizzie beth betty betsy eliza elisabeth elise lisa liza elsa lisbeth libby isabel isabella ela
emily em emma emmy emilie
eugene gene
evelyn eve evie eva
florence flo florrie
frances fran fanny francesca franziska
francis frank fran francisco francesco franz francois paco pancho
frederick fred freddie freddy rick fritz friedrich federico
gabriel gabe
gabrielle gabby
george georgie jorge georg giorgio jorgen
gerald gerry jerry
gerard gerry jerry gerhard
gregory greg gregor
harold harry hal
harriet hattie harry
helen nell nellie lena helena ellen elena
henry harry hank hal henri heinrich enrique enrico
hubert bert hugh
isabella bella izzy isabel isabelle
jacob jake jakob jacobo
jacqueline jackie
james jim jimmy jamie jem jaime diego jacques
janet jan
jane janie jean joan jenny
jeffrey jeff geoffrey geoff
jennifer jen jenny jenna
jessica jess jessie
john johnny jack jon ian ivan juan jan jean johann johannes giovanni joao hans sean jens
jonathan jon jonny nathan
joseph joe joey jose josef giuseppe pepe jozef
josephine jo josie
joshua josh
judith judy
julia julie giulia juliet
katherine kathy kate katie kitty kath kay
kenneth ken kenny
laura laurie lori
lawrence larry laurence lars lorenzo lorenz
leonard leo len lenny leonardo
leslie les
lewis lew louis lou luis luigi ludwig
louise lou lulu luisa
lucy lucia lucie
madeline maddie madeleine maddy
margaret maggie meg peggy marge margie greta margarita margarete marguerite rita daisy
maria mary marie mariya miriam mia
martin marty
mary molly polly mae may
matilda tilly mattie maud
matthew matt matty matthias mateo matteo matthieu
maximilian max
megan meg
melissa mel missy
michael mike mick mickey micky miguel michel michele mikhail misha mihail mikael michal
mildred millie
mitchell mitch
nathaniel nathan nat nate
nicholas nick nicky nico nicolas niklas nikolai klaus
nicole nicky nikki
oliver ollie olly
olivia liv livvy
pamela pam
patricia pat patty patsy trish tricia
patrick pat paddy rick patricio
paul pablo paolo pavel pauli
peter pete pedro pierre pietro piotr petr
philip phil pip felipe filippo philipp
rachel rae raquel
raymond ray raimund
rebecca becky becca
richard rick ricky dick rich richie ricardo
robert bob bobby rob robbie bert roberto robin
roderick rod
ronald ron ronnie
rosemary rose rosie
russell russ
samantha sam sammy
samuel sam sammy
sarah sally sara sadie
sebastian seb bastian
sophia sophie sofia sonya
stephanie steph steffi
stephen steve steven stefan esteban stefano stephane
susan sue susie suzy suzanne susanna susanne
sylvia silvia sylvie
teresa terry tess tessa theresa therese
terence terry
theodore ted teddy theo teodor
thomas tom tommy tomas tommaso
timothy tim timmy
valerie val
victor vic viktor
victoria vicky tori vicki
vincent vince vinny vincenzo
virginia ginny
walter walt wally
wilhelmina mina minnie
william bill billy will willie liam wilhelm guillermo guglielmo guillaume
zachary zach zack
"""


def _by_form() -> dict[str, frozenset[int]]:
    lines: dict[str, set[int]] = {}
    for number, line in enumerate(_FORMS.strip().splitlines()):
        for form in line.split():
            lines.setdefault(form, set()).add(number)
    return {form: frozenset(numbers) for form, numbers in lines.items()}


_NAMES = _by_form()
_NONE: frozenset[int] = frozenset()


def are_forms_of_one_name(one: str, other: str) -> bool:
    """Whether two folded given names may be forms of one name, as Bob and Robert are."""
    return not _NAMES.get(one, _NONE).isdisjoint(_NAMES.get(other, _NONE))
