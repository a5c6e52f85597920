"""What cannot be printed, and what is interrupted, is one line and an exit code, no traceback."""

import io
import json
import sys
from types import ModuleType

import pytest

from locality.verify.cli import main, run


@pytest.fixture
def through(monkeypatch):
    """Runs the command line with standard output and error of an encoding; what was printed."""

    def ran(encoding, *words):
        streams = {name: io.TextIOWrapper(io.BytesIO(), encoding) for name in ("stdout", "stderr")}
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        monkeypatch.setattr(sys, "argv", ["locality", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        for stream in streams.values():
            stream.flush()
        out, err = (stream.buffer.getvalue().decode(encoding) for stream in streams.values())
        return ended.value.code, out, err

    return ran


def test_letters_that_the_output_lacks_are_escaped(through):
    code, out, err = through("ascii", "classify", "é*b")
    assert (code, err) == (0, "")
    assert r"\xe9*b  over b\xe9" in out
    code, out, err = through("ascii", "classify", "é(")
    assert (code, out) == (2, "")
    assert r"regex '\xe9('" in err


def test_json_without_unicode_is_json(through):
    code, out, _ = through("ascii", "classify", "é*b", "--json")
    assert (code, json.loads(out)["given"]) == (0, "é*b")
    assert '"given": "é*b"' in through("utf-8", "classify", "é*b", "--json")[1]


@pytest.mark.parametrize("words", [("list",), ("formula", "P a", "--json")])
def test_a_full_disk_is_one_line(monkeypatch, capsys, words):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run([*words]) == 2
    assert capsys.readouterr().err == "locality: output: No space left on device\n"


class Interrupted(ModuleType):
    """A module that is interrupted when something of it is asked for."""

    def __getattr__(self, name):
        if name == "app":
            raise KeyboardInterrupt
        raise AttributeError(name)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "interrupted"),
        (("classify", "a*"), "interrupted"),
        (("compile", "P a", "--check"), "interrupted"),
        (("verify", "leakage"), "interrupted; what was finished is kept"),
        (("experiment", "census"), "interrupted; what was finished is kept"),
    ],
)
def test_an_interrupt_while_modules_are_loaded_is_one_line(monkeypatch, capsys, words, said):
    name = "locality.verify.cli.app"
    monkeypatch.setitem(sys.modules, name, Interrupted(name))
    assert run([*words]) == 130
    assert capsys.readouterr().err == f"locality: {said}\n"
