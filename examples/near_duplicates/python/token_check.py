"""Token counts by Python's own tokenizer, to compare the C++ one with."""

import token
import tokenize

# The order in which C++ has them.
KINDS = {
    token.NAME: "name",
    token.NUMBER: "number",
    token.STRING: "string",
    token.OP: "op",
    token.COMMENT: "comment",
    token.NEWLINE: "newline",
    token.INDENT: "indent",
    token.DEDENT: "dedent",
}


def tokens_named(*names: str) -> set[int]:
    return {getattr(token, name) for name in names if hasattr(token, name)}


# An f-string is one string here, as it was up to 3.11; t-strings came with 3.14.
STARTS = tokens_named("FSTRING_START", "TSTRING_START")
ENDS = tokens_named("FSTRING_END", "TSTRING_END")


def count(path: str) -> list[int]:
    counts = dict.fromkeys(KINDS, 0)
    depth = 0
    with open(path, "rb") as file:
        for found in tokenize.tokenize(file.readline):
            if found.type in STARTS:
                counts[token.STRING] += depth == 0
                depth += 1
            elif found.type in ENDS:
                depth -= 1
            elif depth == 0:
                # Stray characters are an ERRORTOKEN up to 3.11 and an OP since.
                if found.type == token.ERRORTOKEN or (
                    found.type == token.OP and found.string not in token.EXACT_TOKEN_TYPES
                ):
                    raise SyntaxError(f"line {found.start[0]}: {found.string!r} is no token")
                if found.type in counts:
                    counts[found.type] += 1
    return list(counts.values())


def check(path: str, ours: list[int]) -> tuple[str, str]:
    """("agrees", ""), ("differs", how) or ("not comparable", why Python cannot tell)."""
    try:
        theirs = count(path)
    except (SyntaxError, UnicodeError, OSError, tokenize.TokenError) as error:
        return "not comparable", f"{type(error).__name__}: {error}"
    differences = [
        f"{name}: {mine} here, {python} in Python"
        for name, mine, python in zip(KINDS.values(), ours, theirs, strict=True)
        if mine != python
    ]
    return ("differs" if differences else "agrees"), "; ".join(differences)
