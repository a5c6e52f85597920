"""The Rocq side as text: which theorems its files state, and what they may not contain.

Compiling them and printing their axioms takes processes, and so lives in `locality.verify`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "rocq"

ALLOWED_AXIOMS = frozenset(
    {
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    }
)
_FORBIDDEN = re.compile(
    r"^\s*(Admitted|Axioms?|Conjecture|Parameters?|Hypothesis|Hypotheses|Abort)\b|\badmit\b", re.M
)
_COMMENT = re.compile(r"\(\*.*?\*\)", re.S)
_REQUIRED = re.compile(r"^From Locality Require\s+(?:(?:Import|Export)\s+)?([\w\s]+)\.", re.M)
_STATED = re.compile(r"^(?:Theorem|Lemma|Corollary)\s+(\w+)\b(.*?)\bProof\b.*?\bQed\.", re.S | re.M)


def files(folder: Path = FOLDER) -> tuple[Path, ...]:
    """The .v files in the order of `_CoqProject`."""
    lines = (folder / "_CoqProject").read_text(encoding="utf-8").split()
    return tuple(folder / word for word in lines if word.endswith(".v"))


def without_comments(text: str) -> str:
    """Rocq source without comments (ours do not nest)."""
    return _COMMENT.sub("", text)


def required(text: str) -> tuple[str, ...]:
    """The files of ours, without `.v`, that must be compiled before a source."""
    return tuple(" ".join(_REQUIRED.findall(without_comments(text))).split())


def gaps(text: str) -> list[str]:
    """What a proof file must not hold: admitted goals, new axioms, open parameters."""
    return [match.group(0).strip() for match in _FORBIDDEN.finditer(without_comments(text))]


@cache
def statements(folder: Path = FOLDER) -> dict[str, str]:
    """Theorem name -> statement, for every closed proof of the `Statements*.v`."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("Statements*.v")))
    text = "".join(without_comments(text) for text in texts)
    return {match.group(1): match.group(2).strip() for match in _STATED.finditer(text)}


def is_proved(name: str) -> bool:
    """Whether the `Statements*.v` state that theorem with a closed proof."""
    return name in statements()


def is_listed(key: str) -> bool:
    """Whether `references.bib` has an entry of that key."""
    text = (FOLDER.parent / "references.bib").read_text(encoding="utf-8")
    return re.search(rf"^@\w+{{{re.escape(key)},", text, re.M) is not None


_WORDS = "list|bool|nat|Type|Prop|word|formula|automaton"
_DATA = re.compile(rf"[\sRKQIG()>-]*(?:(?:{_WORDS})[\sRKQIG()>-]*)*")


def hypotheses(statement: str) -> dict[str, str]:
    """Name -> proposition of each hypothesis among a statement's binders; data are left out."""
    found: dict[str, str] = {}
    depth, start = 0, 0
    for at, letter in enumerate(statement):
        if depth == 0 and letter == ":":
            break
        if letter in "({":
            depth, start = depth + 1, start if depth else at
        elif letter in ")}":
            depth -= 1
            if depth == 0:
                names, sign, kind = statement[start + 1 : at].partition(":")
                if sign and not _DATA.fullmatch(kind):
                    found[names.strip()] = " ".join(kind.split())
    return found
