"""Rocq proves the printed bounds, assumes what is allowed, and the audit can fail."""

import re
import shutil

import pytest

from locality.theory import index, theorem, theorems
from locality.theory.core.proofs import ALLOWED_AXIOMS, FOLDER, files, gaps, hypotheses, statements
from locality.theory.core.rocq import BOUNDS, bounds_file
from locality.verify.evidence import rocq


def test_the_printed_bounds_are_current():
    assert BOUNDS.read_text(encoding="utf-8") == bounds_file(theorems())


def test_a_changed_claim_makes_the_printed_bounds_stale(tmp_path):
    copy = tmp_path / "rocq"
    shutil.copytree(FOLDER, copy)
    text = (copy / "Bounds.v").read_text().replace("ln (c / m) - x", "ln (c / m) + x", 1)
    (copy / "Bounds.v").write_text(text)
    assert any("stale" in fault for fault in rocq.source_faults(copy))


def test_no_file_has_a_gap():
    assert rocq.source_faults() == []


@pytest.mark.parametrize(
    "planted",
    ["Axiom easy : 0 = 1.", "Lemma x : 0 = 1. Admitted.", "Parameter p : 0 = 1.", "Proof. admit."],
)
def test_a_planted_gap_is_found(planted):
    assert gaps(f"(* Axiom in a comment is none *)\n{planted.replace('. A', '.' + chr(10) + 'A')}")


@pytest.mark.parametrize("name", [entry.id for entry in index()])
def test_rocq_assumes_what_the_theorem_assumes(name):
    stated = theorem(name)
    expected = {assumption.name for assumption in stated.assumptions if not assumption.implicit}
    assert set(hypotheses(statements()[stated.rocq[0]])) == expected


def test_hypotheses_are_told_from_data():
    data = "{K} (keys : list K) (s : K -> R) (tau D : R)"
    text = f"{data} (hot : 0 < tau) (near : forall k, s k <= D) : P"
    assert hypotheses(text) == {"hot": "0 < tau", "near": "forall k, s k <= D"}


@pytest.mark.parametrize(
    ("name", "relation", "printed"),
    [
        ("leakage", "<=", "<="),
        ("entropy", "<=", "<="),
        ("entropy-exponential", "<=", "<="),
        ("truncation", "<=", "<="),
        ("threshold", ">=", ">="),
        ("dial", "==", "="),
        ("group-sparsemax", ">=", ">="),
        ("anchor-capacity", "<=", "<="),
        ("anchor-redundancy", ">=", ">="),
        ("recruitment", "<=", "<="),
        ("progressive", "<=", "<="),
        ("rule-injection", ">=", ">="),
        ("hot-reload", "==", "="),
        ("group-lasso", ">=", ">="),
        ("group-lasso-attention", "<=", "<="),
        ("local-mean", "==", "="),
        ("attention-is-local-mean", "==", "="),
        ("kernel-regression", ">=", ">="),
        ("lazy-learning", "<=", "<="),
        ("relaxation-labeling", ">=", ">="),
        ("lle", "==", "="),
        ("mean-shift", ">=", ">="),
        ("hopfield", ">=", ">="),
        ("transformer-is-hierarchical-local-model", "<=", "<="),
        ("adaptive-and-nonlocal", "<=", "<="),
        ("fuzzy-inference", "==", "="),
        ("compile", "<=", "<="),
        ("merge", "==", "="),
        ("entropy-identity", "==", "="),
        ("fidelity-identity", "==", "="),
        ("skip-certificate", "<=", "<="),
        ("rounding", "<=", "<="),
    ],
)
def test_rocq_states_the_same_direction(name, relation, printed):
    stated = theorem(name)
    bound = name.replace("-", "_") + "_bound"
    assert stated.claim.relation == relation
    assert re.search(rf" {printed}\s*(?:tau \* )?{bound}", statements()[stated.rocq[0]])


def test_every_printed_bound_is_used_by_a_headline():
    text = " ".join(statements().values())
    for bound in re.findall(r"Definition (\w+_bound)", BOUNDS.read_text()):
        assert bound in text, bound


AXIOMS = """Axioms:
ClassicalDedekindReals.sig_not_dec : forall P : Prop, {~ ~ P} + {~ P}
Planted.cheat
  : 0 = 1
Closed under the global context
"""


def test_the_audit_reads_what_rocq_prints():
    found = rocq.printed_axioms("Print Assumptions a. Print Assumptions b.", AXIOMS)
    assert found == {"a": ("ClassicalDedekindReals.sig_not_dec", "Planted.cheat"), "b": ()}
    assert "a assumes Planted.cheat" in rocq.audit_faults(found)


def test_an_audit_that_skips_a_headline_is_refused():
    with pytest.raises(rocq.ProofFailed, match="1 answers for 2"):
        rocq.printed_axioms("Print Assumptions a. Print Assumptions b.", "Axioms:\nx : 0 = 1\n")


@pytest.mark.rocq
@pytest.mark.slow
def test_everything_compiles_with_pinned_axioms(tmp_path_factory):
    if rocq.compiler() is None:
        pytest.skip("no Rocq compiler on this machine; `locality prove` says so too")
    report = rocq.check_proofs(FOLDER.parent.parent / "build" / "rocq")
    assert report.faults == ()
    assert set(report.axioms) == set(statements())
    assert {axiom for assumed in report.axioms.values() for axiom in assumed} <= ALLOWED_AXIOMS


@pytest.mark.rocq
def test_a_false_lemma_does_not_compile(tmp_path):
    if rocq.compiler() is None:
        pytest.skip("no Rocq compiler on this machine; `locality prove` says so too")
    folder = tmp_path / "rocq"
    folder.mkdir()
    (folder / "_CoqProject").write_text("-R . Locality\nFalse.v\n")
    (folder / "False.v").write_text("Lemma wrong : 0 = 1.\nProof. reflexivity. Qed.\n")
    with pytest.raises(rocq.ProofFailed, match=r"False\.v"):
        rocq.compile_proofs(tmp_path / "build", folder)
    assert files(folder)[0].name == "False.v"
