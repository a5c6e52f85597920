"""The command line `locality`: a module for each family of commands, imported late for speed."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import suppress
from typing import Any

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
KEEPING = ("verify", "experiment")  # commands that go on from what they finished


def main() -> None:
    """Run the command line; bad input is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a letter that the terminal lacks
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        _silence()
        return 128 + signal.SIGPIPE
    except OSError as error:
        _silence()
        return _refuse(f"{error.filename or 'output'}: {error.strerror or error}")
    return _interrupted(arguments) if code == INTERRUPTED else code


def _run(arguments: list[str]) -> int:
    import typer

    from locality.theory.core.errors import InputError
    from locality.verify.cli.app import app

    try:
        return int(app(args=arguments, prog_name="locality", standalone_mode=False) or OK)
    except InputError as error:
        return _refuse(str(error))
    except _usage_error() as error:
        return _refuse(error.format_message()) if error.format_message() else OK
    except typer.Abort:
        return INTERRUPTED


def _interrupted(arguments: list[str]) -> int:
    kept = "; what was finished is kept" if arguments and arguments[0] in KEEPING else ""
    return _refuse("interrupted" + kept, INTERRUPTED)


def _silence() -> None:
    """Leave what standard output could not take, so that Python does not try again at its end."""
    with suppress(OSError):  # a stream without a file has none to leave
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage_error() -> type[Any]:
    """The root of typer's usage errors: click's own, or of the copy that newer typers carry."""
    import typer

    return next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _refuse(message: str, code: int = BAD_INPUT) -> int:
    print("locality: " + " ".join(message.split()), file=sys.stderr)
    return code
