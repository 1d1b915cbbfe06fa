"""The object into which C++ threads merge what they found in each file."""


class Report:
    """Filled from many threads: each call is one append, which is atomic on every build."""

    def __init__(self) -> None:
        self.files: list[tuple[str, int, int, int, int]] = []
        self.skipped: list[tuple[str, str]] = []

    def add(self, name: str, size: int, lines: int, tokens: int, fingerprints: int) -> None:
        self.files.append((name, size, lines, tokens, fingerprints))

    def skip(self, name: str, reason: str) -> None:
        self.skipped.append((name, reason))

    def totals(self) -> dict[str, int]:
        return {
            "files": len(self.files),
            "bytes": sum(size for _, size, _, _, _ in self.files),
            "lines": sum(lines for _, _, lines, _, _ in self.files),
            "tokens": sum(tokens for _, _, _, tokens, _ in self.files),
            "fingerprints": sum(fingerprints for *_, fingerprints in self.files),
        }
