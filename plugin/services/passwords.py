"""Passwords: which are taken, and how they are kept (argon2)."""

from __future__ import annotations

import re
import secrets
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 256

_FIRST_GUESSES = """
abc abcd abcde abcdef admin administrator amour azerty azertyuiop baseball batman bienvenue bonjour charlie chocolat
computer coucou demo dragon football freedom guest hello iloveyou jesus jetaime letmein login loulou master michael
monkey motdepasse mustang nicolas parcours pass passe password passwort princess qazwsx qwert qwerty qwertz qwertyuiop
salut sales secret shadow soleil starwars summer sunshine superman test trustno welcome whatever winter zaq zxcvbnm
"""
# What is left of a password without the digits and signs at its end, its look-alikes read as letters.
FIRST_GUESSES = frozenset(_FIRST_GUESSES.split())
LOOK_ALIKES = str.maketrans("013457@$!", "oieastasi")


class PasswordFault(StrEnum):
    SHORT = "short"
    LONG = "long"
    COMMON = "common"


def made_up() -> str:
    """A first password, which nobody guesses and everybody changes."""
    return secrets.token_urlsafe(12)


def password_fault(password: str, email: str) -> PasswordFault | None:
    """Length counts, and whether a guesser would try it first; there is no rule about digits and signs."""
    if len(password) < SHORTEST:
        return PasswordFault.SHORT
    if len(password) > LONGEST:
        return PasswordFault.LONG
    return PasswordFault.COMMON if _is_guessed_first(password.lower(), email) else None


def hash_password(password: str) -> str:
    return _hasher().hash(password)


def opens(stored: str | None, password: str) -> bool:
    """Whether the password fits its hash. Where there is none it takes as long, and never does."""
    try:
        _hasher().verify(stored or _nobodys_hash(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether it was hashed with weaker parameters than ours are now."""
    return _hasher().check_needs_rehash(stored)


def _is_guessed_first(password: str, email: str) -> bool:
    stem = re.sub(r"[\W\d_]+$", "", password)
    letters = "".join(letter for letter in stem if letter.isalpha())
    read = "".join(letter for letter in stem.translate(LOOK_ALIKES) if letter.isalpha())
    return (
        not {letters, read}.isdisjoint(FIRST_GUESSES)
        or password in {email, email.partition("@")[0]}
        or password.isdecimal()
        or len(set(password)) < 5
    )


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe(16))
