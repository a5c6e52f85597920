"""A saved model comes back as it was, runs in plain torch, and no other file is taken for one."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from locality.theory import InputError
from locality.theory.expressivity.formulas import FALSE, TRUE, And, Letter, Or, Past, Within
from locality.theory.expressivity.semantics import encode
from locality.verify.recognizers import plain
from locality.verify.recognizers.compiled import compile_formula
from locality.verify.recognizers.export import load, nodes, of_nodes, save

A, B = Letter("a"), Letter("b")
FORMULA = Past(B & Within(A, 3)) | ~Past(TRUE) | And((Or(()), A, FALSE))
WORDS = ["", "a", "ab", "bba", "abbbab", "bbbbbbbba"]


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.safetensors"
    model = compile_formula(FORMULA, "ab", torch.float32, 20)
    save(model, path)
    return model, path


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("length", [20, None])
def test_a_saved_model_comes_back(tmp_path, dtype, length):
    model = compile_formula(FORMULA, "ab", dtype, length)
    save(model, tmp_path / "model.safetensors")
    found = load(tmp_path / "model.safetensors")
    assert found.formula is FORMULA
    assert (found.alphabet, found.dtype, found.length) == ("ab", dtype, length)
    assert found.scales == model.scales
    assert found.accepts(WORDS).tolist() == model.accepts(WORDS).tolist()


def test_formulas_as_lists():
    assert nodes(Within(A & B, 2)) == [
        ["letter", "a"],
        ["letter", "b"],
        ["and", 0, 1],
        ["within", 2, 2],
    ]
    assert of_nodes(nodes(FORMULA)) is FORMULA


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_plain_torch_agrees(dtype):
    model = compile_formula(FORMULA, "ab", dtype, 20)
    codes = torch.from_numpy(encode(WORDS, "ab")).long()
    assert torch.equal(model.to_torch()(codes), model(codes))


@pytest.mark.slow
def test_a_copy_of_one_file_is_enough_to_run_a_model(saved, tmp_path):
    model, path = saved
    (tmp_path / "copied.py").write_text(Path(plain.__file__).read_text())
    program = (
        "import sys, copied, torch\n"
        f"model = copied.load({str(path)!r})\n"
        "codes = torch.tensor([[0, 1, -1]])\n"
        "assert not any(name.split('.')[0] == 'locality' for name in sys.modules)\n"
        "print(float(model(codes)[0, 2]))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert float(ran.stdout) == float(model.accepts(["ab"])[0]) == 1.0


def changed(change):
    def write(path):
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        change(metadata, weights)
        save_file(weights, path, metadata)

    return write


def one_bit(metadata, weights):
    weights["layers.1.heads.0.key.weight"][0, 0] += 2.0**-20


BAD = {
    "not there": (lambda path: path.unlink(), "expected a file"),
    "empty": (lambda path: path.write_bytes(b""), "unreadable as safetensors"),
    "text": (lambda path: path.write_text("P a"), "unreadable as safetensors"),
    "truncated": (lambda p: p.write_bytes(p.read_bytes()[:-8]), "unreadable as safetensors"),
    "foreign": (lambda path: save_file({"w": torch.ones(2)}, path), "expected a saved recogniser"),
    "no alphabet": (changed(lambda m, w: m.pop("alphabet")), "expected a recogniser's metadata"),
    "another dtype": (changed(lambda m, w: m.update(dtype="int8")), "metadata, found KeyError"),
    "no formula": (changed(lambda m, w: m.update(formula="[]")), "metadata, found IndexError"),
    "an operator": (changed(lambda m, w: m.update(formula='[["x"]]')), "unknown operator 'x'"),
    "a short alphabet": (changed(lambda m, w: m.update(alphabet="a")), "letter 'b'"),
    "a changed weight": (changed(one_bit), "layers.1.heads.0.key.weight is not what"),
    "a missing weight": (changed(lambda m, w: w.pop("read.weight")), "read.weight is not what"),
    "a longer word": (changed(lambda m, w: m.update(length="21")), "is not what"),
    "another formula": (
        changed(lambda m, w: m.update(formula='[["letter", "a"]]')),
        "is not what",
    ),
}


@pytest.mark.parametrize(("write", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_line(saved, write, said):
    _, path = saved
    write(path)
    with pytest.raises(InputError, match=said) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_file_is_written_as_others_are(saved, tmp_path):
    model, path = saved
    (tmp_path / "link.safetensors").symlink_to(path)
    path.unlink()
    save(model, tmp_path / "link.safetensors")
    (tmp_path / "usual").touch()
    assert (tmp_path / "link.safetensors").is_symlink()
    assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_read_model_asks_for_no_gradients(saved):
    model, path = saved
    assert not plain.load(path)(model.codes(WORDS)).requires_grad


def test_a_path_that_cannot_be_written_is_refused(saved, tmp_path):
    model, _ = saved
    with pytest.raises(InputError, match="cannot be written"):
        save(model, tmp_path / "no" / "folder.safetensors")
