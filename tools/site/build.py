"""Builds the site: build.py FOLDER makes FOLDER/html, of pages in FOLDER/pages.

Fails on any warning of Sphinx's, a link or an anchor that leads nowhere among them, and where a
page would fetch anything from another host: the site works without a network, and tells nobody who
reads it. Where there is Node.js, the site's search is asked what stands in questions.toml, and has
to find the answers.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from search import unanswered
from sphinx.cmd.build import main as sphinx
from stage import stage

# What a browser fetches by itself. Links that a reader may follow are none of it.
ADDRESS = r"""["']?((?:https?:)?//[^"' >)]+)"""
FETCHED = re.compile(
    rf"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\bsrc={ADDRESS}"
    rf"""|<link\b(?![^>]*\brel=["']?(?:canonical|next|prev))[^>]*?\bhref={ADDRESS}"""
    rf"|@import\s+{ADDRESS}"
    rf"|url\({ADDRESS}"
)


def fetched_from_elsewhere(site: Path) -> list[str]:
    """Each as "page: address"."""
    return [
        f"{path.relative_to(site)}: {next(filter(None, found.groups()))}"
        for path in sorted(site.rglob("*"))
        if path.suffix in {".html", ".css"}
        for found in FETCHED.finditer(path.read_text(encoding="utf-8"))
    ]


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    pages, html = folder / "pages", folder / "html"
    stage(pages)
    options = ["-W", "--keep-going", "-q", "-j", "auto", "-d", str(folder / "doctrees")]
    status = sphinx(
        ["-b", "html", "-c", str(Path(__file__).parent), *options, str(pages), str(html)]
    )
    if status:
        return status
    if elsewhere := fetched_from_elsewhere(html):
        print("The site fetches from other hosts:", *elsewhere, sep="\n  ", file=sys.stderr)
        return 1
    if missed := unanswered(html):
        print("The site's search does not answer:", *missed, sep="\n  ", file=sys.stderr)
        return 1
    if missed is None:
        print("The site's search was not asked anything: there is no node on the path")
    print(f"{html / 'index.html'}: {len(list(html.rglob('*.html')))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
