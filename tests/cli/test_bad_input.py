"""Bad input: one line that shows the value and what was expected, exit 2, nothing written lost."""

import pickle
import sqlite3

import numpy as np
import pytest
from safetensors.numpy import save_file

GOOD = {
    "q": np.ones((1, 1, 4, 2), np.float32),
    "k": np.ones((1, 1, 4, 2), np.float32),
    "blocks": np.array([0, 0, 1, 1]),
    "relevant": np.array([0, 0, 1, 1]),
}


def arrays(**changes):
    def write(path):
        np.savez(path, **{k: v for k, v in (GOOD | changes).items() if v is not None})

    return write


def pickled(path):
    np.savez(path, scores=np.array([{"a": 1}], dtype=object))


def truncated(path):
    arrays()(path)
    path.write_bytes(path.read_bytes()[:200])


def nan_at(*where):
    bad = np.ones((1, 1, 4, 4))
    bad[where] = np.nan
    return arrays(q=None, k=None, scores=bad)


FILES = [
    ("not there", None, "expected a file"),
    ("a pickle", lambda p: p.write_bytes(pickle.dumps([1])), "expected npz or safetensors"),
    ("a pickled array", pickled, "not pickled"),
    ("truncated", truncated, "expected npz or safetensors"),
    ("empty", lambda p: p.write_bytes(b""), "expected npz or safetensors"),
    ("no attention", arrays(q=None), "expected q and k, or scores, or pattern"),
    ("an unknown array", arrays(weights=np.ones(3)), "unknown array 'weights'"),
    ("three dimensions", arrays(q=np.ones((1, 4, 2))), "expected (batch, heads"),
    ("another head size", arrays(k=np.ones((1, 1, 4, 3))), "equal dim"),
    ("heads that do not divide", arrays(k=np.ones((1, 2, 4, 2))), "expected a multiple"),
    ("integers", arrays(q=np.ones((1, 1, 4, 2), int)), "expected a non-empty float array"),
    ("no rows", arrays(q=np.ones((1, 1, 0, 2))), "expected a non-empty float array"),
    ("NaN", nan_at(0, 0, 2, 1), "scores[0, 0, 2, 1] = nan"),
    ("an infinite query", arrays(q=np.full((1, 1, 4, 2), np.inf)), "expected finite"),
    (
        "a negative probability",
        arrays(q=None, k=None, pattern=np.full((1, 1, 4, 4), -0.25)),
        "expected probabilities",
    ),
    ("temperature 0", arrays(temperature=np.array(0.0)), "expected finite numbers > 0"),
    ("temperature NaN", arrays(temperature=np.array(np.nan)), "expected finite numbers > 0"),
    ("temperatures of other heads", arrays(temperature=np.ones(3)), "expected a number or (1,)"),
    ("no relevant keys", arrays(relevant=None), "relevant is missing"),
    ("an unknown block", arrays(relevant=np.array([0, 0, 1, 7])), "relevant block 7"),
    ("blocks of another length", arrays(blocks=np.array([0, 1])), "expected (4,)"),
    ("fractional blocks", arrays(blocks=np.ones(4)), "expected integers"),
    (
        "everything relevant",
        arrays(blocks=np.zeros(4, int), relevant=np.zeros(4, int)),
        "every key is relevant",
    ),
    ("a mask of another shape", arrays(visible=np.ones((3, 3), bool)), "expected to fit"),
]


@pytest.mark.parametrize(("write", "words"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_a_bad_file(locality, tmp_path, write, words):
    path = tmp_path / "attention.npz"
    if write is not None:
        write(path)
    refused(locality("check", path), words)


def test_a_bad_safetensors_file(locality, tmp_path):
    path = tmp_path / "attention.safetensors"
    path.write_bytes(b"\xff" * 64)
    refused(locality("check", path), "safetensors")


def test_a_good_file_passes(locality, tmp_path):
    path = tmp_path / "attention.safetensors"
    save_file(GOOD, path)
    ran = locality("check", path)
    assert (ran.code, ran.err) == (0, "")


COMMANDS = [
    (("nonsense",), "No such command"),
    (("list", "--colour"), "No such option"),
    (("show", "leekage"), "unknown theorem 'leekage'"),
    (("cite", "ZZZZ"), "unknown theorem 'ZZZZ'"),
    (("bound", "leakage", "m=4"), "c is missing"),
    (("bound", "leakage", "m"), "expected NAME=VALUE"),
    (("bound", "leakage", "m=four"), "expected a number"),
    (("bound", "leakage", "m=4", "c=0", "x=1"), "c = 0"),
    (("bound", "leakage", "m=4", "c=9", "x=nan"), "x = nan"),
    (("bound", "leakage", "m=4", "c=9", "margin=1", "temperature=0"), "temperature = 0"),
    (("bound", "entropy", "m=4", "c=9", "x=-1"), "x = -1"),
    (("bound", "dial-mean-entropy", "m=4"), "no scalar bound"),
    (("bound", "threshold", "m=4", "c=9", "delta=2", "--solve", "x"), "delta = 2"),
    (("bound", "threshold", "--solve", "colour"), "cannot be solved for 'colour'"),
    (("prove", "leekage", "--no-rocq"), "unknown theorem"),
    (("status", "leekage"), "unknown theorem"),
    (("verify", "leekage"), "unknown theorem"),
    (("verify", "--samples", "0"), "samples is 0"),
    (("verify", "--samples", "-3"), "samples is -3"),
    (("verify", "--samples", "many"), "valid integer"),
    (("verify", "--seed", "-1"), "seed is -1"),
    (("verify", "--workers", "0"), "workers is 0"),
    (("verify", "--families", "cauchy"), "'cauchy'"),
    (("verify", "--families", ","), "no families"),
    (("replay", "what"), "no address"),
    (("replay", "ZZZZ-7-gaussian-1"), "ZZZZ"),
    (("replay", "K7QD-7-cauchy-1"), "cauchy"),
    (("replay", "K7QD-7-gaussian-1", "--ledger", "none.sqlite"), "none.sqlite"),
    (("replay", "K7QD-7-gaussian-1", "--shard"), "--ledger"),
    (("check",), "expected either a FILE"),
    (("check", "x.npz", "--text", "y.txt"), "--text"),
    (("check", "x.npz", "--report", "y.html"), "--report y.html: expected only together with"),
    (("check", "--model", "nowhere"), "--model needs a text"),
    (("check", "--model", "nowhere", "--text", "y.txt"), "expected"),
    (("bench", "campaign", "--repeats", "0"), "repeats"),
    (("bench", "kernels", "--repeats", "-1"), "repeats"),
    (("bench", "expressivity", "--out", "/"), "/ is a folder: expected a file"),
]


@pytest.mark.parametrize(("words", "said"), COMMANDS, ids=[" ".join(c[0]) for c in COMMANDS])
def test_a_bad_command(locality, words, said):
    refused(locality(*words), said)


TEXTS = [
    ("empty", b"", "expected some text"),
    ("one token", b"king", "1 tokens: expected at least 2"),
    ("no UTF-8", b"\xff\xfe long live the king", "expected UTF-8 text"),
    ("too long", b"king " * 600, "602 tokens: expected at most 512"),
]


@pytest.mark.model
@pytest.mark.parametrize(("written", "words"), [t[1:] for t in TEXTS], ids=[t[0] for t in TEXTS])
def test_a_bad_text(locality, tmp_path, written, words):
    (tmp_path / "scene.txt").write_bytes(written)
    refused(locality("check", "--model", "minilm", "--text", "scene.txt"), words)
    assert not (tmp_path / "runs").exists()


MODELS = [
    ("no model", {}, "expected a folder with a model's config.json"),
    ("pickled", {"config.json": b"{}", "pytorch_model.bin": pickle.dumps([1])}, "are pickled"),
    ("broken", {"config.json": b"{", "model.safetensors": b"{"}, "model"),
]


@pytest.mark.model
@pytest.mark.parametrize(("files", "words"), [m[1:] for m in MODELS], ids=[m[0] for m in MODELS])
def test_a_bad_model(locality, tmp_path, files, words):
    (tmp_path / "model").mkdir()
    for name, written in files.items():
        (tmp_path / "model" / name).write_bytes(written)
    (tmp_path / "scene.txt").write_text("Long live the king!")
    refused(locality("check", "--model", "model", "--text", "scene.txt"), words)


@pytest.mark.model
@pytest.mark.parametrize("words", [("--top", 0), ("--top", 9), ("--blocks", 0), ("--blocks", "x")])
def test_blocks_that_the_text_does_not_have(locality, tmp_path, words):
    (tmp_path / "scene.txt").write_text("Long live the king!")
    refused(locality("check", "--model", "minilm", "--text", "scene.txt", *words), "expected")


@pytest.mark.model
def test_a_report_that_cannot_be_written(locality, tmp_path):
    (tmp_path / "scene.txt").write_text("Long live the king! Who is there?")
    words = ("--model", "minilm", "--text", "scene.txt", "--report", "scene.txt/report.html")
    refused(locality("check", *words), "cannot be written")


def ledger_of_other_software(path):
    with sqlite3.connect(path) as db:
        db.execute("create table notes (text)")


def ledger_of_another_version(path):
    with sqlite3.connect(path) as db:
        db.execute("pragma application_id = 1280262988")
        db.execute("pragma user_version = 9999")
        db.execute("create table shards (x)")


@pytest.mark.parametrize(
    "write",
    [
        ledger_of_other_software,
        ledger_of_another_version,
        lambda path: path.write_bytes(b"not a database at all" * 100),
        lambda path: path.write_bytes(b"SQLite format 3\x00 and then nothing"),
    ],
    ids=["other software", "another version", "no database", "truncated"],
)
def test_a_bad_ledger_is_refused_and_left_alone(locality, tmp_path, write):
    path = tmp_path / "ledger.sqlite"
    write(path)
    before = path.read_bytes()
    refused(
        locality("verify", "leakage", "--families", "gaussian", "--samples", 10, "--ledger", path),
        "ledger.sqlite",
    )
    assert path.read_bytes() == before


def refused(ran, words):
    assert ran.code == 2, ran
    assert ran.err.startswith("locality: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert ran.out == ""
