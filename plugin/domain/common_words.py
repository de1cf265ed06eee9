"""The words that buyers use most, in French and in English; a deal counts once for each word, however often it says it.

Words of a dozen letters are no key to what is meant: they show what to read.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

LEAST_DEALS = 2
_APOSTROPHES = str.maketrans("’‘ʼ", "'''")
_JOINTS = str.maketrans("", "", "'-")
_WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")
# What French sticks to the word that follows: l'équipe, jusqu'au.
_ELIDED = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|presqu)'", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s?$", re.IGNORECASE)

_ENGLISH = """
a about above after again against ago all almost already also although always am an and another any anybody anyone
anything are aren't as at away back be because been before being below between both but by call came can can't cannot
come could couldn't did didn't do does doesn't doing don't done down during each either else enough even ever every
everybody everyone everything few first for from further get gets getting give given go goes going gone got had hadn't
has hasn't have haven't having he he'd he'll he's her here hers herself him himself his how however i i'd i'll i'm
i've if in instead into is isn't it it'd it'll it's its itself just keep keeps kept know last least less let let's
like ll made make makes many may maybe me might mine more most much must my myself need needs neither never next no
nobody none nor not nothing now of off often on once one only onto or other others ought our ours ourselves out over
own per perhaps put quite rather really right said same say says see seen shall she she'd she'll she's should
shouldn't since so some somebody someone something still such take taken takes than that that'll that's the their
theirs them themselves then there there's these they they'd they'll they're they've thing things this those though
through till to together too toward towards two under until up upon us use used ve very want wants was wasn't way we
we'd we'll we're we've well went were weren't what what's when where whether which while who who's whole whom whose
why will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
yourselves
"""
_FRENCH = """
à afin ai ailleurs ainsi ait alors après as assez au aucun aucune aujourd'hui auprès auquel aussi autant autre autres
aux auxquelles auxquels avaient avais avait avant avec avez avoir avons ayant beaucoup bien bon bonne bonnes bons ça
car ce ceci cela celle celles celui cent cependant certain certaine certains ces cet cette ceux chacun chaque chez
chose choses ci comme comment contre d'abord dans de déjà dehors depuis derrière des dès desquelles desquels deux
devant devrait dire dis dit dois doit doivent donc dont du duquel durant elle elles en encore enfin entre envers es
est et étaient étais était étant été êtes être eu eux fait faire fais faisait faite fallait faudrait faut font fois
furent fut grand grande hors hui il ils j'ai jamais je jusque la là laquelle le lequel les lesquelles lesquels leur
leurs lors lorsque lui ma maintenant mais malgré me même mêmes mes met mettre mieux mis moi moins mon n'a n'est ne ni
non nos notre nôtre nous on ont or ou où oui par parce parfois parmi pas passe pendant personne peu peut peuvent peux
plus plusieurs plutôt pour pourquoi pourrait pouvez pouvoir près presque puis puisque qu'il qu'on quand quant que quel
quelle quelles quelque quelques quels qui quoi rien sa sait sans sauf se sera serait serons ses seul seule seulement
si sien soi soient sois soit sommes son sont sous souvent suis sur ta tant te tel telle tels tes toi ton toujours tous
tout toute toutes très trop trois tu un une va vais vas vers veut veux voici voilà voir vois voit vont vos votre vôtre
vous vraiment vu y
"""
STOP_WORDS = frozenset((_ENGLISH + _FRENCH).split())


def commonest(texts: Iterable[str], most: int) -> tuple[tuple[str, int], ...]:
    """The words that most of the texts have, each with how many; a text is what one deal said.

    What fewer than two said is no common word. Of equal ones the first in the alphabet comes first.
    """
    counted = Counter(word for text in texts for word in set(words_of(text)))
    common = ((word, deals) for word, deals in counted.items() if deals >= LEAST_DEALS)
    return tuple(sorted(common, key=lambda one: (-one[1], _plain(one[0]), one[0]))[:most])


def words_of(text: str) -> Iterator[str]:
    """The words of a text that mean something by themselves, in small letters with their accents."""
    for found in _WORD.findall(unicodedata.normalize("NFC", text).translate(_APOSTROPHES)):
        word = found.lower()
        if word not in STOP_WORDS:
            bare = _POSSESSIVE.sub("", _ELIDED.sub("", word))
            if len(bare) > 1 and bare not in STOP_WORDS and bare.translate(_JOINTS).isalpha():
                yield bare


def _plain(word: str) -> str:
    """For the alphabet: é stands where e does."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
