"""Whether the built site's own search answers the questions in questions.toml. Run by build.py."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
# What is seen without scrolling.
FIRST = 5


def unanswered(html: Path) -> list[str] | None:
    """Questions that find none of their pages, and what they find; None if there is no Node.js."""
    node = shutil.which("node")
    if node is None:
        return None
    groups = tomllib.loads((HERE / "questions.toml").read_text(encoding="utf-8"))
    questions = {q: answers for group in groups.values() for q, answers in group.items()}
    if missing := [a for answers in questions.values() for a in answers if not there(html, a)]:
        return [f"questions.toml names what the site has not: {', '.join(sorted(set(missing)))}"]
    done = subprocess.run(
        [node, HERE / "ask.js", html],
        input=json.dumps(list(questions)),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return [
        f"{question}: none of {', '.join(answers)} is among {', '.join(hits[:FIRST]) or 'nothing'}"
        for (question, answers), hits in zip(
            questions.items(), json.loads(done.stdout), strict=True
        )
        if not is_among(answers, hits[:FIRST])
    ]


def there(html: Path, answer: str) -> bool:
    page, _, anchor = answer.partition("#")
    path = html / f"{page}.html"
    return path.exists() and (not anchor or f'id="{anchor}"' in path.read_text(encoding="utf-8"))


def is_among(answers: Iterable[str], hits: list[str]) -> bool:
    """A page is found by a hit anywhere on it, a part of a page by that hit alone."""
    return any(hit in answers or hit.partition("#")[0] in answers for hit in hits)
