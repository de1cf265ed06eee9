"""What a page is made of, apart from its words: hostile words must leave it as calm ones do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import zip_longest
from unicodedata import category

ADDRESSES = frozenset({"href", "src", "action", "formaction", "srcset", "poster", "data", "background", "cite", "ping"})
# A path of ours, a place on the page, or one of the three schemes that may be followed from a page of ours.
SAFE_ADDRESS = re.compile(r"/(?![/\\])\S*|#\S*|(?:https?://|mailto:)[^\x00-\x20]*", re.IGNORECASE)
# Control signs that stand between words.
BETWEEN = re.compile("[\x0b-\r\x1c-\x1f\x85]")
# Controls, halves of characters, non-characters, and what turns the direction of the signs after it.
UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0010ffff]"
)


class Shape(HTMLParser):
    """``tags`` are the elements with the names of their attributes, in order; ``text`` is every word, shown or not."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self._texts: list[str] = []
        self.feed(markup)
        self.close()
        self.text = kept("".join(self._texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses += [value or "" for name, value in attrs if name in ADDRESSES]
        self._texts += [f" {value} " for _, value in attrs if value]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_data(self, data: str) -> None:
        self._texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", (data,)))

    handle_decl = handle_pi = unknown_decl = handle_comment

    def unsafe_addresses(self) -> list[str]:
        return [address for address in self.addresses if address and not SAFE_ADDRESS.fullmatch(address)]

    def lost(self, texts: Iterable[str]) -> list[str]:
        """Those of the texts that the page doesn't say."""
        return [text[:80] for text in texts if kept(text) not in self.text]

    def unlike(self, calm: Shape) -> list[str]:
        """The first places where this page is made otherwise than one with calm words."""
        pairs = enumerate(zip_longest(calm.tags, self.tags))
        return [f"{number}: {before} became {after}" for number, (before, after) in pairs if before != after][:3]


def squeezed(text: str) -> str:
    """The words with one space between them: where a line ends is not what is asked here."""
    return " ".join(text.split())


def kept(text: str) -> str:
    """What nobody may lose of a text: all but signs that are none; nothing where none of it can be seen."""
    told = squeezed(UNWANTED.sub("", BETWEEN.sub(" ", text)))
    return told if any(category(sign) != "Cf" for sign in told) else ""


def letters(text: str) -> str:
    """What can be seen of a text: where its words are set apart is not what is asked here."""
    return "".join(kept(text).split())
