"""The pronouncing dictionary without the words that a recogniser must not mishear into someone's mouth."""

import os
from collections.abc import Iterable
from typing import Final

_VULGAR: Final = (
    "anus arse arsehole ass asses asshole assholes bastard bastards bitch bitches bitching bitchy bitch's blowjob "
    "bollocks boob boobs bullshit chink chinks clit cock cocks cocksucker coon coons crap crappy cum cunt cunts "
    "damn damned dammit dick dicks dickhead dildo dyke dykes fag faggot faggots fags fuck fucked fucker fuckers "
    "fuckin fucking fucks goddam goddamn goddamned horny jackass jism kike kikes motherfucker motherfuckers nigga "
    "nigger niggers orgasm orgasms penis penises piss pissed pisses pissing porn porno prick pricks pussy queers "
    "schmuck scrotum shit shits shitting shitty slut sluts slutty spic spics tit tits turd turds twat vagina wank "
    "wanker whore whorehouse whores"
)


def without_vulgar_words(lines: Iterable[bytes]) -> Iterable[bytes]:
    """The lines (`word(2) PHONES`) of a dictionary of pocketsphinx whose word is decent."""
    vulgar = frozenset(_VULGAR.encode().split())
    return (line for line in lines if line.split(b" ", 1)[0].split(b"(")[0] not in vulgar)


def decent_dictionary(path: str) -> str:
    """A copy of the dictionary at `path` without vulgar words, as a path that is there while this process lives.

    It is in memory: nothing is left on disk however the process ends.
    """
    file = os.memfd_create("decent-dictionary")
    with open(path, "rb") as source, open(file, "wb", closefd=False) as copy:
        copy.writelines(without_vulgar_words(source))
    return f"/proc/self/fd/{file}"
