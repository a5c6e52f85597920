"""Rocq proves the printed bounds, assumes what is allowed, and the audit can fail."""

import re
import shutil

import pytest

from locality.theory import index, theorem
from locality.theory.core.proofs import (
    ALLOWED_AXIOMS,
    FOLDER,
    files,
    gaps,
    hypotheses,
    required,
    statements,
)
from locality.theory.core.rocq import BOUNDS, printed
from locality.verify.evidence import rocq


def test_the_printed_files_are_current():
    assert {path: path.read_text(encoding="utf-8") for path in printed()} == printed()


def test_a_changed_claim_makes_the_printed_bounds_stale(tmp_path):
    copy = tmp_path / "rocq"
    shutil.copytree(FOLDER, copy)
    text = (copy / "Bounds.v").read_text().replace("ln (c / m) - x", "ln (c / m) + x", 1)
    (copy / "Bounds.v").write_text(text)
    assert any("stale" in fault for fault in rocq.source_faults(copy))


def test_an_audit_without_a_headline_is_stale(tmp_path):
    copy = shutil.copytree(FOLDER, tmp_path / "rocq")
    text = (copy / "Audit.v").read_text().replace("  @headline_leakage_sharp,\n", "", 1)
    (copy / "Audit.v").write_text(text)
    assert any("Audit.v is stale" in fault for fault in rocq.source_faults(copy))


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


AUDITED = """Definition one := (
  @a,
  @a_too).
Print Assumptions one. Definition other := (@b). Print Assumptions other."""
AXIOMS = """Axioms:
ClassicalDedekindReals.sig_not_dec : forall P : Prop, {~ ~ P} + {~ P}
Planted.cheat
  : 0 = 1
Closed under the global context
"""


def test_the_audit_reads_what_rocq_prints():
    found = rocq.printed_axioms(AUDITED, AXIOMS)
    assumed = ("ClassicalDedekindReals.sig_not_dec", "Planted.cheat")
    assert found == {"a": assumed, "a_too": assumed, "b": ()}
    assert "a_too assumes Planted.cheat" in rocq.audit_faults(found)


def test_an_audit_that_skips_a_headline_is_refused():
    with pytest.raises(rocq.ProofFailed, match="1 answers for 2"):
        rocq.printed_axioms(AUDITED, "Axioms:\nx : 0 = 1\n")


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


def project(folder, **sources):
    folder.mkdir(exist_ok=True)
    (folder / "_CoqProject").write_text("\n".join(f"{name}.v" for name in sources))
    for name, source in sources.items():
        (folder / f"{name}.v").write_text(source)
    return folder


@pytest.mark.rocq
def test_only_what_rests_on_a_changed_file_is_compiled_again(tmp_path):
    told = []
    parts = {
        "One": "Definition one := 1.",
        "Two": "From Locality Require Import One.\nDefinition two := one + one.",
        "Other": "Definition other := 3.",
        "Audit": "From Locality Require Two Other.\nPrint Assumptions Two.two.",
    }

    def compiled(**changed):
        told.clear()
        folder = project(tmp_path / "rocq", **(parts | changed))
        assert "Closed" in rocq.compile_proofs(tmp_path / "build", folder, told.append)
        return set(told)

    assert compiled() == {"One.v", "Two.v", "Other.v", "Audit.v"}
    assert compiled() == set()
    assert compiled(Other="Definition other := 4.") == {"Other.v", "Audit.v"}
    assert compiled() == {"Other.v", "Audit.v"}
    assert compiled(One="Definition one := 2.") == {"One.v", "Two.v", "Audit.v"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("From Locality Require Import\n  Sums\n  Softmax.\n", ("Sums", "Softmax")),
        ("From Locality Require Export Sums.\nFrom Locality Require Blocks.", ("Sums", "Blocks")),
        ("(* From Locality Require Sums. *)\nRequire Import Reals.", ()),
    ],
)
def test_what_a_file_requires_is_read(source, found):
    assert required(source) == found
