"""Slides as PDF, where WeasyPrint (the extra ``pdf``) and the system's libraries that it needs are there.

Without them the presenter's print page does the same by the browser's own hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from plugin.services.deck_blocks import writable

# Addresses in a document are of our own making; no such host is ever asked.
HERE = "http://deck.invalid"


@cache
def pdf_available() -> bool:
    """Whether a PDF can be made here."""
    try:
        import weasyprint  # noqa: F401 (an extra: looked for once, where it is wanted)
    except (ImportError, OSError):
        return False
    return True


def pdf_of(html: str, style: str, pictures: Mapping[str, tuple[str, bytes]]) -> bytes:
    """The document as PDF with tags, for readers who don't see it.

    ``pictures`` are media type and content by the path that ``html`` gives them; nothing else is fetched, neither from
    the network nor from the disk: a picture from elsewhere is left out.
    """
    import weasyprint
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnPictures(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, _headers: Any = None) -> Any:
            path = url.removeprefix(HERE)
            if path not in pictures:
                raise ValueError("a slide shows its own pictures only")
            media_type, data = pictures[path]
            return URLFetcherResponse(url, data, {"Content-Type": media_type})

    own = OwnPictures()
    document = weasyprint.HTML(string=writable(html), url_fetcher=own, base_url=f"{HERE}/")
    sheet = weasyprint.CSS(string=style, url_fetcher=own, base_url=f"{HERE}/")
    written: bytes = document.write_pdf(stylesheets=[sheet], pdf_variant="pdf/ua-1")
    return written
