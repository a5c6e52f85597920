"""The site around the pages: links to theorems, its own plotly, nothing that no page asks for."""

from __future__ import annotations

import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

# MathJax comes with every combination of inputs and outputs; the pages load one, TeX to CommonHTML.
MATHJAX = {"tex-chtml.js", "output/chtml/fonts", "input/tex/extensions", "a11y/assistive-mml.js"}


def link_theorems(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Turn the addresses `thm:ID` of tables and drawings into links relative to the page."""
    labels = app.builder.env.get_domain("std").data["anonlabels"]

    def address(found: re.Match[str]) -> str:
        if f"thm-{found[1]}" not in labels:
            logger.warning("%s: no page states theorem %s", pagename, found[1])
            return found[0]
        docname, anchor = labels[f"thm-{found[1]}"]
        return f'href="{app.builder.get_relative_uri(pagename, docname)}#{anchor}"'

    if "body" in context:
        context["body"] = re.sub(r'href="thm:([\w-]+)"', address, context["body"])


def finish(app: Sphinx, error: Exception | None) -> None:
    """Bring plotly, drop what is never loaded."""
    static = Path(app.outdir, "_static")
    if error is not None or app.builder.name != "html":
        return
    with as_file(files("plotly").joinpath("package_data", "plotly.min.js")) as script:
        shutil.copyfile(script, static / "plotly.min.js")
    _keep_only(static / "mathjax", MATHJAX)
    for pattern in (
        "**/*.map",
        "**/fontawesome*.js*",
        "vendor/fontawesome",
        "*webpack-macros.html",
    ):
        for path in static.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _keep_only(folder: Path, kept: set[str]) -> None:
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        name = path.relative_to(folder).as_posix()
        if not any(name == keep or name.startswith(f"{keep}/") for keep in kept):
            path.unlink()
