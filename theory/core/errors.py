"""What bad input raises: one line that shows the value and what was expected."""


class InputError(ValueError):
    """Input outside a documented domain; the command line prints one line and exits with 2."""


class UnknownTheorem(InputError):
    """A theorem id or tag that the catalogue does not hold."""
