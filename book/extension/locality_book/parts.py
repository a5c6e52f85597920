"""The parts of a theorem's page as document nodes, each rendered from the theorem object."""

from __future__ import annotations

import html
import re

import sympy as sp

from locality.theory import find, theorems
from locality.theory.core.derivation import StepReport
from locality.theory.core.proofs import statements
from locality.theory.core.theorem import Claim, Statement, Theorem
from locality.theory.core.witness import Breaks, Shown, Witness
from locality.verify.demonstrations import demonstrated
from locality.verify.evidence.citation import citation
from locality_book import evidence, pictures
from locality_book.builders import (
    Nodes,
    Page,
    box,
    code,
    fold,
    formula,
    mark,
    prose,
    raw,
    sentence,
    table,
    words,
)

# What the commands on a theorem's page are shown with.
EXAMPLE = {
    "m": 4,
    "c": 60,
    "x": 3,
    "delta": 0.01,
    "fidelity": 0.2,
    "dial": 2,
    "temperature": 1,
    "turning_point": 3,
    "leakage": 0.05,
    "diameter": 2,
    "variance": 1.5,
    "n": 64,
    "anchors": 8,
    "good": 0.3,
    "accept_bad": 0.2,
    "reject_good": 0.1,
    "tries": 3,
    "lse": 4.2,
    "lse_relevant": 3.5,
    "lse_first": 2,
    "lse_second": 1,
    "mean_product": 1.5,
    "mean_bias": -0.5,
    "log_upper": -3,
    "log_kept": 1,
    "score_error": 0.5,
    "excess": 0.8,
    "penalty": 3,
    "gradient_norm": 2,
    "loss_slope": 1,
    "largest_query": 2,
    "largest_key": 2,
    "value_diameter": 1.5,
    "block_mass": 0.4,
    "initial_bits": 5000,
    "saving": 16,
    "points": 240,
    "dimension": 4,
    "least_variance": 0.01,
    "lipschitz": 1.25,
    "deviation": 0.5,
    "rule_distance": 2,
    "travel": 1.5,
    "pull": 3,
    "bandwidth": 2,
    "noise": 0.5,
    "denoising_shift": -1.5,
    "kernel_mass": 2.5,
    "key_score": 3,
    "key_norm": 1,
    "distance_from_mean": 1.5,
    "divergence": 0.4,
    "multiplier": 1.5,
    "departure": 0.5,
    "change_before": 0.5,
    "gain": 1.5,
    "noise_variance": 1,
    "cutoff": 2,
}


# -- the statement ----------------------------------------------------------------------------


def statement(page: Page, stated: Theorem) -> Nodes:
    """The box with the statement, its assumptions and, below it, the intuition."""
    head = raw(
        f'<p class="theorem-head">Theorem <strong>{stated.id}</strong>'
        f'<span class="tag" title="permanent tag">{stated.tag}</span></p>'
    )
    assumed = [f"{hypothesis.text}" for hypothesis in stated.assumptions]
    assumes = page.markdown("**Assumes** " + "; ".join(assumed) + ".")
    framed = box(
        "theorem-box", head, *page.markdown(prose(stated.statement)), box("assumes", *assumes)
    )
    framed["ids"].append(f"thm-{stated.id}")
    return [framed, box("intuition", *page.markdown(prose(stated.intuition)))]


# -- the derivation ---------------------------------------------------------------------------


def derivation(page: Page, stated: Theorem) -> Nodes:
    """Three folds: the proof in words, the checked steps, the claim as machines read it."""
    made = fold("The proof in words", page.markdown(prose(stated.proof)), "proof")
    claims = (*stated.claims, *stated.statements)
    reports = [(claim, list(claim.check())) for claim in claims]
    shown: Nodes = []
    for claim, steps in reports:
        if len(reports) > 1:
            shown.append(words(f"Claim “{claim.name}”", "claim-name"))
            shown.append(formula(claim.latex))
        for count, step in enumerate(steps, 1):
            shown += _step(page, stated, step, str(count))
    shown += _step(page, stated, stated.sharp.check(), "sharp")
    total = sum(len(steps) for _, steps in reports)
    good = sum(step.ok for _, steps in reports for step in steps)
    title = f"The checked steps: {good} of {total}, and the case of equality"
    return [*made, *fold(title, shown, "steps"), *fold(_MACHINES, _machines(stated), "machines")]


def _step(page: Page, stated: Theorem, step: StepReport, count: str) -> Nodes:
    if not step.ok:
        page.fault(f"{stated.id}: step {step.title!r} is not checked: {step.detail}")
    head = raw(
        f'<p class="step-head"><span class="count">{count}</span> {html.escape(step.title)} '
        f'<span class="kind">{step.kind}</span> {mark(step.ok)}</p>'
    )
    body = [formula(step.formula)] if step.formula else []
    return [box("step", head, *body, words(step.detail, "detail"))]


_MACHINES = "The same claim, as Rocq reads it and as the theorem object holds it"


def _machines(stated: Theorem) -> Nodes:
    proved = statements()
    headlines = [name for name in stated.rocq if name in proved]
    proofs = [f"Theorem {name} {proved[name]}" for name in headlines]
    rocq = code("\n\n".join(proofs) or "(* not stated yet *)", "coq")
    texts = [*map(_claim, stated.claims), *map(_quantified, stated.statements)]
    form, language = ("SymPy", "python") if stated.claims else ("LaTeX", "latex")
    sides = box(
        "sides",
        box("side", words("Rocq, verbatim from theory/rocq/", "side-head"), rocq),
        box(
            "side",
            words(f"{form}, from the theorem object", "side-head"),
            code("\n\n".join(texts), language),
        ),
    )
    hypotheses = [
        (f"<code>{html.escape(a.name)}</code>", _inline(a.text)) for a in stated.assumptions
    ]
    return [sides, table(("hypothesis", "in words"), hypotheses, "mathjax_process")]


def _inline(text: str) -> str:
    """Markdown with $formulas$ as HTML that MathJax reads."""
    return re.sub(r"\$([^$]+)\$", lambda found: rf"\({found[1]}\)", html.escape(text))


def _claim(claim: Claim) -> str:
    left, right = _text(claim.lhs), _text(claim.rhs)
    return f"# {claim.name}: {claim.direction}\n{left}\n  {claim.relation} {right}"


def _quantified(claim: Statement) -> str:
    cited = f" (cited: {claim.cited})" if claim.cited else ""
    return f"# {claim.name}{cited}\n{claim.display}"


def _text(expr: sp.Expr) -> str:
    lines, line = [], ""
    for piece in re.split(r"(?<= )(?=[+*/-] )", str(expr)):
        if line and len(line) + len(piece) > 58:
            lines.append(line.rstrip())
            line = "    "
        line += piece
    return "\n".join([*lines, line])


# -- what breaks it ---------------------------------------------------------------------------


def boundary(page: Page, stated: Theorem) -> Nodes:
    """The boundary witness: what was dropped, the row, and by how much the claim then fails."""
    witness = stated.boundary
    report = witness.check()
    if not report.ok:
        page.fault(f"{stated.id}: the boundary witness does not break the claim: {report.detail}")
    picture = raw(pictures.row(witness.example)) if witness.example else words("")
    told = words(f"{shortfall(witness)}.", "detail")
    return [box("broken", words(report.title + ".", "broken-head"), picture, told)]


def shortfall(witness: Witness) -> str:
    """What a boundary witness shows: the certified slack there, or what was decided."""
    if isinstance(witness, Shown):
        return witness.check().detail
    if not isinstance(witness, Breaks):
        raise TypeError(f"{witness.text}: no boundary witness")
    slack = str(witness.value().str(4, radius=False)).replace("-", "−")
    return f"The claimed slack there, which would have to be at least 0, is {slack}"


# -- the record -------------------------------------------------------------------------------

LABELS = {True: ("Announced", "What of it holds"), False: ("Known", "How far it goes")}


def record(page: Page, stated: Theorem) -> Nodes:
    """What the literature says; evidence with dates and commands; how to cite, run and use it."""
    lines = [f"`{command}`" for command in commands(stated)]
    users = [other.id for other in theorems() if stated.id in other.depends_on]
    rests = " · ".join(f"[](#thm-{name})" for name in stated.depends_on) or "definitions alone"
    used = " · ".join(f"[](#thm-{name})" for name in users) or "no other theorem yet"
    rows = {
        "Cite": citation(find(stated.id)).text,
        "Run": " <br> ".join(lines),
        "Rests on": rests,
        "Used by": used,
    }
    first, second = LABELS[bool(stated.source.verdict)]
    told = f"**{first}.** {sentence(stated.source.claim)} {{cite}}`{stated.source.key}`."
    told += f"\n\n**{second}.** {prose(stated.literature)}"
    made = [box("literature", *page.markdown(told)), evidence.line(stated)]
    for name, text in rows.items():
        made.append(
            box("record-row", words(name, "record-name"), box("record-text", *page.markdown(text)))
        )
    return [box("record", *made)]


def commands(stated: Theorem) -> list[str]:
    """Commands that a reader may copy."""
    found = [f"locality show {stated.id}"]
    if stated.claims:
        found.append(f"locality verify {stated.id} --samples 100000")
    if stated.scalar:
        given = " ".join(f"{name}={EXAMPLE[name]}" for name in stated.claim.inputs)
        found.insert(0, f"locality bound {stated.id} {given}")
    if stated.id in demonstrated():
        found.append(f"locality demonstrate {stated.id}")
    return found
