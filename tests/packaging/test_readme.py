"""What the README and CONTRIBUTING tell a reader to run, exists and runs."""

import re
import shlex
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from typer.main import get_command
from typer.testing import CliRunner

from locality.verify.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md")
README = (ROOT / "README.md").read_text()


def _blocks(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL))


COMMANDS = re.findall(r"^locality ([^#\n]+)", _blocks("sh"), re.MULTILINE)
PYTHON = _blocks("python")


def _heads() -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, 2, keys, 16, generator=draw) for keys in (8, 64, 64))
    return {"q": q, "k": k, "v": v}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_named_exists(page):
    text = (ROOT / page).read_text()
    named = set(re.findall(r"(?:^|`)locality ([a-z]+)", text, re.MULTILINE))
    assert named
    assert named <= set(get_command(app).commands)


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_named_exists(page):
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / page).read_text(), re.MULTILINE))
    assert named
    assert named <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_every_path_named_exists(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / page).read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_readme_run(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    blocks = {"blocks": torch.arange(64) // 16, "relevant": torch.full((8,), 3)}
    save_file(_heads() | blocks, "heads.safetensors")
    run = CliRunner().invoke(app, shlex.split(command))
    assert run.exit_code == 0, run.output


def _model() -> dict[str, object]:
    from transformers import LlamaConfig, LlamaModel

    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=50, num_hidden_layers=4, **sizes)
    return {"model": LlamaModel(config).eval(), "inputs": {"input_ids": torch.arange(40)[None]}}


def test_the_python_of_the_readme_runs():
    assert "attend" in PYTHON
    names = _heads() | _model()
    exec(PYTHON, names)
    assert names["recorded"].layers[3].entropy.shape == (1, 2, 40)
    assert [(one.kind, one.k) for one in names["answer"].attention] == [("hybrid", 1)]
    assert f"{names['scores'].mean():.2f} on average" in README
