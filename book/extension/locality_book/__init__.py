"""Sphinx extension of the book: theorems, evidence and numbers rendered from the objects.

Directives  {theorem} ID · {derivation} ID · {boundary} ID · {record} ID
            {demonstration} ID · {models} · {model-map}
            {catalogue} · {announcements} · {evidence} · {dependencies} FOLDER
Roles       {theorem-title}`ID` · {number}`expression :: format`

A step or witness that does not check, an unknown id, an expression that does not evaluate and a
theorem without a page are warnings, and the build makes warnings errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register directives, roles and what happens before and after the build."""
    from locality_book import directives, roles, site  # the pages' own code does without Sphinx

    for name, directive in directives.DIRECTIVES.items():
        app.add_directive(name, directive)
    app.add_role("theorem-title", roles.theorem_title)
    app.add_role("number", roles.number)
    app.connect("config-inited", _read_in_parallel)
    app.connect("env-check-consistency", directives.every_theorem_has_its_parts)
    app.connect("html-page-context", site.link_theorems)
    app.connect("build-finished", site.finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _read_in_parallel(app: Sphinx, _: Any) -> None:
    """Two extensions forget to say that they do nothing while pages are read."""
    for name in ("sphinx_multitoc_numbering", "sphinx-mathjax-offline"):
        app.extensions[name].parallel_read_safe = True
