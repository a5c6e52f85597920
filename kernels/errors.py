"""What a backend raises when it is asked for something it cannot do."""

from collections.abc import Sequence


class NotSupported(NotImplementedError):
    """A backend lacks a feature that was asked for: names both, and the backends that have it.

    Nothing falls back silently: `backend="auto"` looks for a backend that can do everything asked,
    a backend asked for by name does it or raises this.
    """

    def __init__(self, backend: str, feature: str, instead: Sequence[str] = ()) -> None:
        super().__init__(backend, feature, tuple(instead))
        self.backend, self.feature, self.instead = backend, feature, tuple(instead)

    def __str__(self) -> str:
        who = f"{' and '.join(self.instead)} can" if self.instead else "no backend can yet"
        return f"backend {self.backend!r} cannot do {self.feature}; {who}"
