"""Formulas as text: read from ASCII or Unicode, written as ASCII, Unicode or LaTeX.

    letters     a … z, 0 … 9; any character as 'X' or π_X
    constants   true, false            ⊤, ⊥
    prefix      !φ, Pφ, Yφ, Y<=3 φ     ¬φ, ~φ, Y≤3 φ; Hφ is !P!φ
    infix       φ S ψ, then &, |, ->   ∧, ∨, →; φ -> ψ is !φ | ψ

Prefixes bind tightest, -> loosest; S groups to the left, -> to the right, and a row of & or of | is
one formula. What is written reads back as the same object, but for & and | of fewer than two parts,
which are written as the constant or the part that they equal. A formula is stored with its shared
parts once, and can be exponentially longer as text: writing has a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    And,
    Constant,
    Formula,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
    depth,
    subformulas,
)
from locality.theory.expressivity.machine import TooLarge

LONGEST = 20_000
_OPEN, _IMPLIES, _OR, _AND, _SINCE, _PREFIX, _ATOM = range(7)

Build = Callable[..., Formula]
_TOKEN = re.compile(
    r"""(?P<constant>true|false|⊤|⊥)
      | (?P<letter>π_(.)|'(.)'|[a-z0-9])
      | (?P<window>Y\s*(<=|≤)\s*[0-9]*)
      | (?P<prefix>[!~¬PYH])
      | (?P<infix>->|[→|∨&∧S])
      | (?P<open>\()
      | (?P<close>\))""",
    re.VERBOSE | re.DOTALL,
)
_PREFIXES: dict[str, Build] = {
    **dict.fromkeys("!~¬", Not),
    "P": Past,
    "Y": lambda operand: Within(operand, 1),
    "H": lambda operand: Not(Past(Not(operand))),
}
_INFIXES: dict[str, tuple[int, Build]] = {
    **dict.fromkeys(("->", "→"), (_IMPLIES, lambda before, after: Or((Not(before), after)))),
    **dict.fromkeys("|∨", (_OR, lambda *parts: Or(parts))),
    **dict.fromkeys("&∧", (_AND, lambda *parts: And(parts))),
    "S": (_SINCE, Since),
}


def parse(text: str) -> Formula:
    """The formula that the text writes. InputError with the place and what was expected there."""
    return _Reader(text).read()


@dataclass
class _Waiting:
    """An operator or an opening parenthesis, until all that it applies to is read."""

    level: int
    build: Build
    arity: int
    place: int


class _Reader:
    """Operators wait on a stack for one that binds less: deep formulas need no recursion."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.complete = False  # whether the formula could end here
        self.operands: list[Formula] = []
        self.waiting: list[_Waiting] = []

    def read(self) -> Formula:
        while self._skip_spaces():
            found = _TOKEN.match(self.text, self.place)
            if found is None or (found.lastgroup in ("infix", "close")) != self.complete:
                raise self._unexpected()
            self._take(str(found.lastgroup), found.group())
            self.place = found.end()
        if not self.complete:
            raise self._unexpected()
        self._apply(_OPEN)
        if self.waiting:
            self.place = self.waiting[-1].place
            raise self._error("a ) that closes it")
        return self.operands[0]

    def _skip_spaces(self) -> bool:
        """Whether something is left after them."""
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1
        return self.place < len(self.text)

    def _take(self, kind: str, token: str) -> None:
        match kind:
            case "constant":
                self.operands.append(TRUE if token in ("true", "⊤") else FALSE)
            case "letter":
                self.operands.append(Letter(token[1] if token[0] == "'" else token[-1]))
            case "window":
                self._wait(_PREFIX, self._window(token))
            case "prefix":
                self._wait(_PREFIX, _PREFIXES[token])
            case "infix":
                self._infix(token)
            case "open":
                self._wait(_OPEN, Formula)
            case "close":
                self._close()
        self.complete = kind in ("constant", "letter", "close")

    def _wait(self, level: int, build: Build, arity: int = 1) -> None:
        self.waiting.append(_Waiting(level, build, arity, self.place))

    def _window(self, token: str) -> Build:
        digits = re.sub(r"\D", "", token).lstrip("0")
        if not 1 <= len(digits) <= 9:
            raise self._error("a window from 1 to 999999999, such as Y<=3")
        return lambda operand: Within(operand, int(digits))

    def _infix(self, token: str) -> None:
        level, build = _INFIXES[token]
        self._apply(level - 1 if level == _SINCE else level)
        if level in (_AND, _OR) and self.waiting and self.waiting[-1].level == level:
            self.waiting[-1].arity += 1
        else:
            self._wait(level, build, arity=2)

    def _close(self) -> None:
        self._apply(_OPEN)
        if not self.waiting:
            raise self._error("a ( before it")
        self.waiting.pop()

    def _apply(self, level: int) -> None:
        """Apply what waits and binds tighter than the level."""
        while self.waiting and self.waiting[-1].level > level:
            last = self.waiting.pop()
            parts = self.operands[-last.arity :]
            self.operands[-last.arity :] = [last.build(*parts)]

    def _unexpected(self) -> InputError:
        if self.complete:
            return self._error("& | -> S or the end")
        found = self.text[self.place : self.place + 1]
        quoted = f"; as a letter it is written in quotes, '{found}'" if found.isalnum() else ""
        return self._error(f"a letter, true, false, ! P Y H or ({quoted}")

    def _error(self, expected: str) -> InputError:
        found = repr(self.text[self.place]) if self.place < len(self.text) else "the end"
        first = max(0, self.place - 40)
        shown = self.text[first : first + 80]
        start, end = "..." * (first > 0), "..." * (first + 80 < len(self.text))
        return InputError(
            f"formula {start + shown + end!r}: {found} at character {self.place + 1}, "
            f"expected {expected}"
        )


@dataclass(frozen=True)
class Style:
    """How the parts of a formula are written."""

    true: str
    false: str
    letter: Callable[[str], str]
    negation: str
    past: str
    yesterday: str
    within: str
    since: str
    conjunction: str
    disjunction: str
    apart: str = " "


def _quoted(symbol: str) -> str:
    return symbol if re.fullmatch("[a-z0-9]", symbol) else f"'{symbol}'"


def _latex_letter(symbol: str) -> str:
    named = {"\\": r"\backslash", "^": r"\hat{}", "~": r"\sim"}
    escaped = named.get(symbol, f"\\{symbol}" if symbol in "#$%&_{}" else symbol)
    return rf"\pi_{{{escaped}}}"


ASCII = Style("true", "false", _quoted, "!", "P", "Y", "Y<={}", " S ", " & ", " | ")
UNICODE = Style("⊤", "⊥", _quoted, "¬", "P", "Y", "Y≤{}", " S ", " ∧ ", " ∨ ")
LATEX = Style(
    r"\top",
    r"\bot",
    _latex_letter,
    r"\lnot ",
    r"\mathbf{P}",
    r"\mathbf{Y}",
    r"\mathbf{{Y}}_{{\le {}}}",
    r" \mathbin{\mathbf{S}} ",
    r" \land ",
    r" \lor ",
    r"\,",
)


def plain(formula: Formula, most: int = LONGEST) -> str:
    """The formula in ASCII. TooLarge if that takes more than `most` characters."""
    return write(formula, ASCII, most)


def unicode(formula: Formula, most: int = LONGEST) -> str:
    """The formula in Unicode. TooLarge if that takes more than `most` characters."""
    return write(formula, UNICODE, most)


def latex(formula: Formula, most: int = LONGEST) -> str:
    """The formula in LaTeX's math mode. TooLarge if that takes more than `most` characters."""
    return write(formula, LATEX, most)


def write(formula: Formula, style: Style, most: int = LONGEST) -> str:
    """The formula in some style. TooLarge if that takes more than `most` characters."""
    length = _length(formula, style)
    if length > most:
        raise TooLarge(f"{summary(formula)}: expected at most {most} characters to write")
    written: list[str] = []
    waiting: list[str | Formula] = [formula]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            written.append(one)
        else:
            waiting += reversed(_pieces(one, style))
    return "".join(written)


def summary(formula: Formula) -> str:
    """What is said of a formula that is too long to be written."""
    parts = sum(1 for _ in subformulas(formula))
    return f"<formula of depth {depth(formula)} with {parts} parts>"


def short(formula: Formula, most: int = LONGEST, style: Style = ASCII) -> str:
    """The formula in some style, or its `summary` if that takes more than `most` characters."""
    if _length(formula, style) > most:
        return summary(formula)
    return write(formula, style, most)


def _length(formula: Formula, style: Style) -> int:
    lengths: dict[Formula, int] = {}
    for one in subformulas(formula):
        pieces = _pieces(one, style)
        lengths[one] = sum(len(p) if isinstance(p, str) else lengths[p] for p in pieces)
    return lengths[formula]


def _pieces(formula: Formula, style: Style) -> list[str | Formula]:
    """The text of a formula, its parts still formulas."""
    match formula:
        case Constant(value):
            return [style.true if value else style.false]
        case Letter(symbol):
            return [style.letter(symbol)]
        case Not(operand):
            return [style.negation, *_inside(operand, _PREFIX)]
        case Past(operand):
            return _prefixed(style.past, operand, style)
        case Within(operand, window):
            name = style.yesterday if window == 1 else style.within.format(window)
            return _prefixed(name, operand, style)
        case Since(holds, start):
            return _joined((holds, start), style.since, _PREFIX)
        case And(operands):
            return _joined(operands, style.conjunction, _SINCE) or [style.true]
        case Or(operands):
            return _joined(operands, style.disjunction, _AND) or [style.false]
    raise TypeError(f"{type(formula).__name__} is no formula")


def _prefixed(name: str, operand: Formula, style: Style) -> list[str | Formula]:
    inside = _inside(operand, _PREFIX)
    return [name, *inside] if len(inside) > 1 else [name, style.apart, operand]


def _joined(operands: tuple[Formula, ...], sign: str, least: int) -> list[str | Formula]:
    if len(operands) == 1:
        return list(operands)
    separated = [[sign, *_inside(operand, least)] for operand in operands]
    return list(chain.from_iterable(separated))[1:]


def _inside(operand: Formula, least: int) -> list[str | Formula]:
    """The operand, in parentheses if it binds less than the level."""
    return [operand] if _level(operand) >= least else ["(", operand, ")"]


def _level(formula: Formula) -> int:
    while isinstance(formula, And | Or) and len(formula.operands) == 1:
        formula = formula.operands[0]
    match formula:
        case Not() | Past() | Within():
            return _PREFIX
        case Since():
            return _SINCE
        case And(operands):
            return _AND if operands else _ATOM
        case Or(operands):
            return _OR if operands else _ATOM
    return _ATOM
