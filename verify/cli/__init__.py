"""The command line `locality`: a module for each family of commands, imported late for speed."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main() -> None:
    """Run the command line; bad input is one line on stderr and exit code 2."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code."""
    import typer

    from locality.theory.core.errors import InputError
    from locality.verify.cli.app import app

    try:
        code = app(args=arguments, prog_name="locality", standalone_mode=False)
        return _interrupted() if code == INTERRUPTED else int(code or OK)
    except InputError as error:
        return _refuse(str(error))
    except _usage_error() as error:
        return _refuse(error.format_message()) if error.format_message() else OK
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _interrupted() -> int:
    return _refuse("interrupted; what was finished is kept", INTERRUPTED)


def _usage_error() -> type[Any]:
    """The root of typer's usage errors: click's own, or of the copy that newer typers carry."""
    import typer

    return next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _refuse(message: str, code: int = BAD_INPUT) -> int:
    print("locality: " + " ".join(message.split()), file=sys.stderr)
    return code
