"""A model beside the library that computes it: what was compared, measured while building."""

from __future__ import annotations

import html

from docutils import nodes

from locality.theory import InputError
from locality.theory.core.theorem import Theorem
from locality.verify import demonstrations
from locality.verify.campaign.words import grouped
from locality.verify.demonstrations import Demonstration, Outcome, relative_difference
from locality_book.builders import Nodes, Page, box, raw, sentence


def rendered(page: Page, stated: Theorem) -> Nodes:
    """The comparison of one theorem's model, run now; what does not agree is a fault."""
    try:
        made = demonstrations.load(stated.id)
        outcome, planted = made.run(), _planted(made)
    except (InputError, ModuleNotFoundError) as error:
        page.fault(f"{stated.id}: not demonstrated: {error}")
        return []
    if not outcome.agrees:
        page.fault(f"{stated.id}: {made.library} differs by {outcome.difference:.1e}")
    if planted <= made.tolerance:
        page.fault(f"{stated.id}: {made.planted_fault} is not told apart")
    return [box("demonstration", _measured(outcome), *_words(page, outcome, planted))]


def _planted(made: Demonstration) -> float:
    return relative_difference(made.planted(), made.theirs())


def _measured(outcome: Outcome) -> nodes.raw:
    made = outcome.demonstration
    kind, verdict = ("ok", "agree") if outcome.agrees else ("bad", "differ")
    return raw(
        f"<p><code>{html.escape(made.library)}</code> "
        f"<small>({made.package} {outcome.version})</small> and ours "
        f'<span class="{kind}">{verdict}</span>: of {grouped(outcome.numbers)} numbers no two '
        f'differ by more than <span class="computed">{outcome.difference:.1e}</span> of the '
        f'largest, where <span class="computed">{made.tolerance:.1e}</span> is allowed.</p>'
    )


def _words(page: Page, outcome: Outcome, planted: float) -> Nodes:
    made = outcome.demonstration
    rows = [f"| {_cell(theirs)} | {_cell(ours)} |" for theirs, ours in made.mapping.items()]
    mapping = "\n".join(["| In the library | Here |", "|---|---|", *rows])
    told = [
        f"**Why so much is allowed.** {_ended(made.why_tolerance)}",
        f"**It can fail.** Mapped wrongly ({made.planted_fault}), the two differ by {planted:.1e}.",
    ]
    if made.differs:
        listed = "\n".join(f"- {_ended(each)}" for each in made.differs)
        told.append(f"**Where they are not the same**\n\n{listed}")
    return [
        *page.markdown(f"**Both are given** {made.data.rstrip('.')}."),
        box("scroll", *page.markdown(mapping)),
        *page.markdown("\n\n".join(told)),
    ]


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _ended(text: str) -> str:
    return sentence(text).rstrip(".") + "."
