"""How a theorem is cited: permanent tag, version, the commit that states it, a link if any."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.metadata import metadata
from typing import Any

import locality
from locality.theory import Entry


@dataclass(frozen=True)
class Citation:
    """A citation's parts; `link` is None where the project names no home."""

    id: str
    tag: str
    title: str
    version: str
    commit: str | None
    link: str | None

    @property
    def text(self) -> str:
        """One line for a text."""
        where = [f"locality {self.version}", f"tag {self.tag}"]
        where += [f"commit {self.commit[:12]}"] if self.commit else []
        where += [self.link] if self.link else []
        return f"“{self.title}” ({self.id}), {', '.join(where)}."

    @property
    def bibtex(self) -> str:
        """A BibTeX entry."""
        note = f"theorem {self.id}, tag {self.tag}"
        note += f", commit {self.commit[:12]}" if self.commit else ""
        url = f"  url = {{{self.link}}},\n" if self.link else ""
        return (
            f"@misc{{locality-{self.tag},\n  title = {{{self.title}}},\n"
            f"  author = {{{{The locality authors}}}},\n"
            f"  howpublished = {{locality {self.version}}},\n{url}  note = {{{note}}},\n}}"
        )

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "text": self.text}


def _home() -> str | None:
    """The project's documentation or home page, from the installed metadata."""
    urls = dict(line.split(", ", 1) for line in metadata("locality").get_all("Project-URL") or [])
    return urls.get("Documentation") or urls.get("Homepage")


def citation(entry: Entry) -> Citation:
    """The citation of a theorem in the installed version."""
    home = _home()
    return Citation(
        id=entry.id,
        tag=entry.tag,
        title=entry.title,
        version=locality.__version__,
        commit=locality.__commit__,
        link=f"{home.rstrip('/')}/#thm-{entry.id}" if home else None,
    )
