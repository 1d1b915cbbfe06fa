"""Lays out what the site is made of: pages of docs/ and of the root folder, and the reference."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from reference import Reference

ROOT = Path(__file__).resolve().parents[2]

# The navigation. A page of docs/ that it does not name stands at the end of the guide.
GUIDE = "Guide"
SECTIONS: dict[str, list[str]] = {
    "Start": ["tutorial", "lock", "promises", "messages", "faq"],
    GUIDE: [
        "doors",
        "waiting",
        "objects",
        "conversions",
        "callbacks_and_views",
        "modules",
        "functions",
        "classes",
        "sharing",
        "containers",
        "overriding",
        "errors",
        "embedding",
        "subinterpreters",
        "packaging",
        "stable_abi",
        "stubs",
        "performance",
    ],
    "Coming from": ["from_pybind11", "from_nanobind", "from_pyo3", "ports", "elsewhere"],
    "Reference": ["reference/index"],
    "Project": ["changelog", "contributing"],
}
# Pages that lie in the root folder, where those look who have the source.
FROM_ROOT = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
# The comments that say how a block of code is run.
COMMENT = re.compile(r"<!-- snippet:.*?-->\n?", re.DOTALL)
# A link that shows the name of a file shows the title of the page instead.
FILE_LINK = re.compile(r"\[(?:docs/)?\w+\.md\]\(([\w./#-]+)\)")


def stage(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    docs = ROOT / "docs"
    shutil.copytree(docs, folder, ignore=shutil.ignore_patterns("*.md"))
    sources = {path.relative_to(docs).as_posix(): path for path in docs.rglob("*.md")}
    sources |= {name: ROOT / path for name, path in FROM_ROOT.items()}
    pages = {name: adapted(path.read_text(encoding="utf-8")) for name, path in sources.items()}
    pages["index.md"] += navigation(pages)
    pages |= Reference(ROOT / "include").pages()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def adapted(text: str) -> str:
    """A page as the site has it: links between the root folder and docs/ are links to its pages."""
    text = COMMENT.sub("\n", text)
    text = re.sub(r"\]\(docs/", "](", text)
    for name, path in {**FROM_ROOT, "index.md": "README.md"}.items():
        text = re.sub(rf"\]\((?:\.\./)?{re.escape(path)}", f"]({name}", text)
    return FILE_LINK.sub(r"[](\1)", text)


def navigation(pages: dict[str, str]) -> str:
    named = {name for section in SECTIONS.values() for name in section}
    lines: list[str] = []
    for title, names in SECTIONS.items():
        here = [name for name in names if f"{name}.md" in pages or name.startswith("reference/")]
        if title == GUIDE:
            all_of_them = sorted(name.removesuffix(".md") for name in pages)
            here += [name for name in all_of_them if name not in {*named, "index"}]
        lines += ["", "```{toctree}", ":hidden:", f":caption: {title}", "", *here, "```"]
    return "\n".join([*lines, ""])
