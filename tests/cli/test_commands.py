"""Every command does what its help says; every --json is what its schema says."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import locality.verify as verify
from locality.verify.benchmarks.results import NumbersDiffer
from locality.verify.campaign import WorkerDied
from locality.verify.cli import campaigns, run
from locality.verify.cli.app import app

SCHEMAS = Path(verify.__file__).parent / "schemas"


def told(ran, name):
    found = json.loads(ran.out)
    jsonschema.validate(found, json.loads((SCHEMAS / f"{name}.json").read_text()))
    return found


@pytest.fixture
def attention(tmp_path):
    draw = np.random.default_rng(5)
    path = tmp_path / "attention.npz"
    q, k = draw.normal(size=(2, 2, 3, 16, 8)).astype(np.float32)
    blocks = np.repeat(np.arange(4), 4)
    np.savez(path, q=q, k=k, blocks=blocks, relevant=blocks)
    return path


def test_list(locality):
    found = told(locality("list", "--json"), "list")
    assert found["theorems"][0] == {
        "id": "leakage",
        "tag": "K7QD",
        "title": "Leakage out of a block that leads by a margin",
        "part": "Part I. Concentration",
    }
    assert "dial-mean-entropy" in locality("list").out


def test_show(locality):
    found = told(locality("show", "k7qd", "--json"), "show")
    assert found["id"] == "leakage"
    assert all(step["ok"] for step in found["steps"])
    assert "Assumes" in locality("show", "leakage").out


def test_cite(locality):
    found = told(locality("cite", "leakage", "--json"), "cite")
    assert found["tag"] in found["text"]
    assert "@misc{locality-K7QD" in locality("cite", "leakage", "--bibtex").out


def test_bound(locality):
    found = told(locality("bound", "leakage", "m=1", "c=1", "x=0", "--json"), "bound")
    assert (found["value"], found["relation"], found["solved_for"]) == (0.5, "<=", None)
    assert locality("bound", "leakage", "m=1", "c=1", "x=0").out == "0.5\n"


@pytest.mark.parametrize(
    ("words", "relation"),
    [
        (("m=8", "c=1016", "delta=0.01", "margin=2"), "<="),
        (("m=60", "c=4", "delta=0.5", "margin=2"), "any"),
        (("m=8", "c=1016", "delta=0.01", "margin=-1"), "none"),
    ],
)
def test_bound_solved(locality, words, relation):
    ran = locality("bound", "threshold", *words, "--solve", "temperature", "--json")
    assert told(ran, "bound")["relation"] == relation


def test_non_finite_numbers_are_strings(locality):
    ran = locality("bound", "leakage", "m=1", "c=1", "x=1e9", "--log", "--json")
    assert told(ran, "bound")["value"] == -1e9
    ran = locality("bound", "truncation", "leakage=0", "diameter=1", "--log", "--json")
    assert told(ran, "bound")["value"] == "-inf"


def test_prove_says_what_it_did_not_check(locality):
    ran = locality("prove", "leakage", "--no-rocq", "--json")
    found = told(ran, "prove")
    assert found["rocq"] is None
    assert found["not_checked"]
    assert ran.code == 0


def test_not_checked_is_a_failure_where_all_is_required(locality, monkeypatch):
    monkeypatch.setenv("LOCALITY_REQUIRE_ALL", "1")
    assert locality("prove", "leakage", "--no-rocq").code == 1


def test_status(locality):
    rows = told(locality("status", "leakage", "--json"), "status")["theorems"]
    assert rows[0]["derivation"]["checked"] == rows[0]["derivation"]["total"] > 0
    assert rows[0]["sharp"] is rows[0]["boundary"] is True
    assert "leakage" in locality("status", "leakage").out


def test_check(locality, attention):
    ran = locality("check", attention, "--json")
    found = told(ran, "check")
    assert (ran.code, found["rows"], found["invalid_rows"]) == (0, 96, 0)
    assert len(found["heads"]) == 6
    for head in found["heads"]:
        assert head["leakage"]["mean"] <= head["leakage"]["bound"]


def test_check_takes_top_keys(locality, attention):
    found = told(locality("check", attention, "--top", 2, "--json"), "check")
    assert all(head["certificate"]["rows"] == 16 for head in found["heads"])


def test_broken_probabilities_are_exit_1(locality, tmp_path):
    pattern = np.full((1, 1, 4, 4), 0.25)
    pattern[0, 0, 2] *= 1.001
    np.savez(tmp_path / "pattern.npz", pattern=pattern)
    ran = locality("check", tmp_path / "pattern.npz", "--top", 2, "--json")
    assert (ran.code, told(ran, "check")["invalid_rows"]) == (1, 1)


@pytest.mark.model
def test_check_reads_a_model(locality, tmp_path):
    text = tmp_path / "scene.txt"
    text.write_text("Who is there? Nay, answer me. Stand, and unfold yourself. Long live the king!")
    found = told(locality("check", "--model", "minilm", "--text", text, "--json"), "check")
    assert len(found["heads"]) == 72
    assert found["invalid_rows"] == 0
    assert found["report"] == "runs/scene-minilm.html"
    assert "Who" in (tmp_path / "runs" / "scene-minilm.html").read_text()
    assert all(head["distance"]["mean"] < 30 for head in found["heads"])


@pytest.mark.model
def test_check_writes_its_report_where_it_is_told(locality, tmp_path, monkeypatch):
    (tmp_path / "scene.txt").write_text("Who is there? Nay, answer me.")
    words = ("check", "--model", "minilm", "--text", "scene.txt", "--report", "here/r.html")
    ran = locality(*words)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "report  here/r.html")
    assert (tmp_path / "here" / "r.html").exists()
    monkeypatch.setattr("locality.verify.cli.inspect.find_spec", lambda _: None)
    assert "no HTML report: jinja2 is not installed" in locality(*words).out
    assert told(locality(*words, "--json"), "check")["report"] is None


def test_check_reads_a_cache_of_hooks(locality, tmp_path):
    pattern = np.full((1, 2, 4, 4), 0.25)
    np.savez(tmp_path / "cache.npz", **{"blocks.3.attn.hook_pattern": pattern})
    found = told(locality("check", "cache.npz", "--top", 2, "--json"), "check")
    assert [(head["layer"], head["head"]) for head in found["heads"]] == [(3, 0), (3, 1)]
    assert found["heads"][0]["distance"]["mean"] == 1.25
    assert found["report"] is None


def test_doctor(locality):
    found = told(locality("doctor", "--json"), "doctor")["findings"]
    assert {"python", "torch", "coqc"} <= {finding["what"] for finding in found}


def test_doctor_fails_where_all_is_required_and_something_lacks(locality, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert locality("doctor").code == 0
    monkeypatch.setenv("LOCALITY_REQUIRE_ALL", "1")
    assert locality("doctor").code == 1


@pytest.mark.slow
def test_a_campaign_reports_and_replays(locality, tmp_path):
    ledger = tmp_path / "runs" / "small.sqlite"
    words = ("leakage", "--families", "gaussian", "--samples", 100, "--workers", 1)
    ran = locality("verify", *words, "--ledger", ledger, "--json")
    found = told(ran, "verify")
    assert (ran.code, found["verdict"]) == (0, "holds")
    assert ledger.with_suffix(".html").exists()
    address = found["theorems"][0]["tightest"]
    again = locality("replay", address, "--ledger", ledger, "--json")
    assert told(again, "replay")["verdict"] in ("holds", "attained")
    assert "bit for bit" in locality("replay", address, "--ledger", ledger, "--shard").out


def test_every_command_has_a_help_text_with_an_example_or_no_arguments():
    bare = {"list", "doctor", "status"}
    for command in app.registered_commands:
        text = command.callback.__doc__
        assert text, command.name
        assert command.name in bare or "Example" in text, command.name


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("list",), ("doctor",)])
def test_light_commands_import_nothing_heavy(words):
    code = (
        "import sys\nfrom locality.verify.cli import run\n"
        f"run({list(words)!r})\n"
        "heavy = {'torch', 'sympy', 'numpy', 'transformers', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_is_quick():
    begun = time.process_time()
    assert run(["--help"]) == 0
    assert time.process_time() - begun < 1.0


@pytest.mark.slow
def test_an_interrupted_campaign_exits_130_and_goes_on_from_its_ledger(tmp_path):
    ledger = tmp_path / "ledger.sqlite"
    words = ["verify", "leakage", "--families", "gaussian", "--samples", "500000", "--workers", "1"]
    words += ["--ledger", str(ledger), "--json"]
    code = f"import sys; from locality.verify.cli import run; sys.exit(run({words!r}))"
    begun = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    while kept(ledger) == 0 and begun.poll() is None:
        time.sleep(0.05)
    begun.send_signal(signal.SIGINT)
    _, err = begun.communicate(timeout=60)
    assert begun.returncode == 130, err
    assert err.decode().splitlines()[-1].startswith("locality: interrupted")
    assert kept(ledger) > 0


def kept(ledger):
    if not ledger.exists():
        return 0
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
        try:
            return db.execute("select count(*) from shards").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def raising(error):
    def measure(*args, **options):
        raise error

    return measure


def test_a_killed_worker_is_exit_1_in_one_line(locality, monkeypatch):
    died = WorkerDied("a worker process died; 3 of 8 shards are kept")
    monkeypatch.setattr("locality.verify.campaign.execute.run_campaign", raising(died))
    ran = locality("verify", "leakage", "--families", "gaussian", "--samples", 100)
    assert (ran.code, ran.out, ran.err) == (1, "", f"locality: {died}\n")


@pytest.mark.parametrize("name", ["campaign", "kernels"])
def test_numbers_that_differ_are_exit_1_in_one_line(locality, monkeypatch, name):
    differ = NumbersDiffer("entropy: off by 0.1")
    monkeypatch.setattr(f"locality.verify.benchmarks.{name}.measure", raising(differ))
    ran = locality("bench", name)
    assert (ran.code, ran.out, ran.err) == (1, "", f"locality: {differ}\n")


def test_without_the_models_extra_a_campaign_leaves_minilm_out_and_says_so(capsys, monkeypatch):
    monkeypatch.delenv("LOCALITY_REQUIRE_ALL", raising=False)
    monkeypatch.setattr(campaigns, "find_spec", lambda name: None)
    assert campaigns._families(None) == campaigns.FAMILIES[:-1]
    assert "minilm" in capsys.readouterr().err
    assert campaigns._families("minilm, gaussian,minilm") == ("minilm", "gaussian")
    monkeypatch.setenv("LOCALITY_REQUIRE_ALL", "1")
    assert campaigns._families(None) == campaigns.FAMILIES
