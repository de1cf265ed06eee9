"""Whatever the Markdown, the HTML is safe to show."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.library.markdown import ATTRIBUTES, TAGS, markdown_faults, render
from plugin.library.pictures import make_picture
from plugin.library.source import Source

PNG = b"\x89PNG\r\n\x1a\n"


class Seen(HTMLParser):
    """Every tag and attribute of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.others: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_safe(markup: str) -> None:
    seen = Seen(markup)
    assert seen.others == []
    for tag, attributes in seen.tags:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set()) | {"rel", "class"}
        assert attributes.get("class") in {None, "align-left", "align-center", "align-right"}
        if "href" in attributes:
            assert str(attributes["href"]).lower().startswith(("http://", "https://", "mailto:"))
            assert attributes["rel"] == "noopener noreferrer"


URLS = [
    f"{scheme}{rest}"
    for scheme, rest in product(
        ["javascript:", "JaVaScRiPt:", "java\tscript:", "\x01javascript:", "vbscript:", "data:text/html,", "file:///"],
        ["alert(1)", "%61lert(1)", "&#97;lert(1)", "//x%0aalert(1)"],
    )
] + ["//evil.example", "/\\evil.example", "&#x6A;avascript:alert(1)", "https:javascript:alert(1)", "", "#a", "page?b=c"]
LINKS = [
    "[x]({})",
    "[x](<{}>)",
    "<{}>",
    "![x]({})",
    '[x]({} "t")',
    "[x][y]\n\n[y]: {}",
    '<a href="{}">x</a>',
    "[![x]({0})]({0})",
]
TAGS_TRIED = ["script", "img", "svg", "iframe", "style", "object", "math", "form", "input", "a", "p", "details", "base"]
ATTRIBUTES_TRIED = [
    "onload=alert(1)",
    "onerror='alert(1)' src=x",
    'style="x:expression(1)"',
    "href=javascript:alert(1)",
    "",
]
WRAPPINGS = [
    "{}",
    "text {} text",
    "> {}",
    "- {}",
    "| a |\n|---|\n| {} |",
    "`{}`",
    "**{}**",
    "<!-- {} -->",
    "    {}",
    "# {}",
]


def hostile() -> Iterator[str]:
    yield from (link.format(url) for link, url in product(LINKS, URLS))
    elements = (f"<{tag} {attribute}>" for tag, attribute in product(TAGS_TRIED, ATTRIBUTES_TRIED))
    yield from (wrapping.format(element) for wrapping, element in product(WRAPPINGS, elements))
    yield from (
        "<![CDATA[<script>]]>",
        "<?php x ?>",
        "<!DOCTYPE x>",
        "</p><script>",
        "<scr<script>ipt>",
        "&lt;script&gt;",
    )


def test_no_hostile_text_becomes_more_than_text() -> None:
    texts = list(hostile())

    assert len(texts) > 800
    for text in texts:
        assert_safe(render(text))


@given(
    st.text() | st.lists(st.sampled_from([*"<>\"'`[]()!&#:/\\ \n", "script", "javascript:", "a", "href="])).map("".join)
)
def test_no_text_at_all_becomes_more_than_text(text: str) -> None:
    assert_safe(render(text))


def test_html_is_shown_as_it_was_written() -> None:
    assert render("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_a_safe_link_is_one_and_tells_nobody_where_it_was_followed() -> None:
    assert render("[us](https://example.com)") == (
        '<p><a href="https://example.com" rel="noopener noreferrer">us</a></p>\n'
    )


def test_what_presentations_need_is_there() -> None:
    markup = render("## Why\n\n1. **a**\n2. ~~b~~\n\n> *c*\n\n| d | e |\n|---|--:|\n| f | 1 |\n\n---\n")

    for piece in ("<h2>Why</h2>", "<ol>", "<strong>a</strong>", "<s>b</s>", "<blockquote>", "<em>c</em>", "<hr>"):
        assert piece in markup
    assert '<th class="align-right">e</th>' in markup
    assert '<td class="align-right">1</td>' in markup


def test_headings_go_below_those_of_the_page() -> None:
    assert render("# a\n\n## b\n\n##### c", deeper=2) == "<h3>a</h3>\n<h4>b</h4>\n<h6>c</h6>\n"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Fine: a < b, `<b>`, [x](https://a.example), <mailto:a@b.example>, 3 > 2\n", []),
        ("one\n\n- two <br> three\n", [(3, 7)]),
        ("<div>\nx\n</div>\n", [(1, 1)]),
        ("a <i>b</i>\nc <i>d</i>\n", [(1, 3), (1, 7), (2, 3), (2, 7)]),
        ("a\n\n![b](https://c.example/d.png)\n", [(3, 1)]),
        ("[a](page.md) and [b](javascript:c)\n", [(1, 3), (1, 20)]),
        ("see <ftp://a.example/>\n", [(1, 5)]),
        ("```\n<b>\n```\n", []),
    ],
)
def test_what_would_not_be_shown_is_told_where_it_stands(text: str, places: list[tuple[int, int]]) -> None:
    faults = markdown_faults(Source("x.md", text), 0, len(text))

    assert [(fault.line, fault.column) for fault in faults] == places


def test_pictures_are_those_of_the_template_and_columns_stand_side_by_side() -> None:
    shown = render(
        "![a *chart*](pictures/a.png) ![gone](pictures/b.png) ![far](https://far.example/a.png)\n\n"
        ":::: columns\n::: column\nleft\n:::\n::: column\nright\n:::\n::::\n",
        pictures={"a.png": "/p/a"},
    )
    assert shown == (
        '<p><img src="/p/a" alt="a chart"> gone far</p>\n'
        '<div class="columns">\n<div class="column">\n<p>left</p>\n</div>\n'
        '<div class="column">\n<p>right</p>\n</div>\n</div>\n'
    )


def test_a_link_to_a_picture_leads_nowhere_and_a_picture_is_none_by_its_name_alone() -> None:
    assert render("[x](pictures/a.png)", pictures={"a.png": "/p/a"}) == '<p><a rel="noopener noreferrer">x</a></p>\n'
    with pytest.raises(ValueError, match="not the kind of picture"):
        make_picture("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(ValueError, match="can't be a picture's name"):
        make_picture("../a.png", PNG)
    with pytest.raises(ValueError, match="larger than"):
        make_picture("a.png", PNG + bytes(2_000_001))
    assert make_picture("a.png", PNG).media_type == "image/png"
