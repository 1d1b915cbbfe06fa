"""The object into which C++ threads merge what they found in each file."""


class Report:
    """Filled from many threads; each call is one append, which is atomic on every build of Python."""

    def __init__(self) -> None:
        self.files: list[tuple[str, int, int, int, int]] = []
        self.skipped: list[tuple[str, str]] = []

    def add(self, name: str, size: int, lines: int, tokens: int, fingerprints: int) -> None:
        self.files.append((name, size, lines, tokens, fingerprints))

    def skip(self, name: str, reason: str) -> None:
        self.skipped.append((name, reason))

    def totals(self) -> dict[str, int]:
        columns = ("bytes", "lines", "tokens", "fingerprints")
        totals = {name: sum(row[i] for row in self.files) for i, name in enumerate(columns, 1)}
        return {"files": len(self.files)} | totals
