"""Directives: the parts of a theorem's page, and the tables that speak of all theorems."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from locality.theory import UnknownTheorem, index, theorem
from locality.theory.core.catalogue import PARTS
from locality.theory.core.theorem import Theorem
from locality_book import demonstrations, evidence, graph, listings, models, parts
from locality_book.parts import Page

logger = logging.getLogger(__name__)
PIECES = ("theorem", "derivation", "boundary", "record")
DEMONSTRATED = ("localization",)  # folders whose theorems speak of models that libraries compute


class BookDirective(SphinxDirective, Page):
    """A directive whose content comes from the catalogue."""

    def markdown(self, text: str) -> list[nodes.Node]:
        """Parse MyST."""
        holder = nodes.container()
        self.state.nested_parse(StringList(text.splitlines(), self.env.docname), 0, holder)
        return holder.children

    def fault(self, text: str) -> None:
        """Say what is wrong; warnings are errors in this book."""
        logger.warning(text, location=self.get_location())

    def note(self, part: str, name: str) -> None:
        """Remember that this page holds that part of that theorem."""
        kept = self.env.metadata[self.env.docname]
        kept["theorem-parts"] = " ".join([*kept.get("theorem-parts", "").split(), f"{part}:{name}"])


class TheoremPart(BookDirective):
    """One part of one theorem's page; the argument is the theorem's id."""

    required_arguments = 1
    render: Callable[[Page, Theorem], list[nodes.Node]]

    def run(self) -> list[nodes.Node]:
        """The part's nodes; an unknown id is a fault."""
        try:
            stated = theorem(self.arguments[0])
        except UnknownTheorem as error:
            self.fault(str(error))
            return []
        self.note(self.name, stated.id)
        return type(self).render(self, stated)


class Statement(TheoremPart):
    """{theorem} ID: the statement in its box, the assumptions, the intuition, the anchor."""

    render = staticmethod(parts.statement)

    def run(self) -> list[nodes.Node]:
        """Also make `[](#thm-ID)` a reference that reads as a theorem's name."""
        made = super().run()
        if made:
            name = theorem(self.arguments[0]).id
            place = (self.env.docname, f"thm-{name}")
            labels = self.env.get_domain("std").data
            labels["anonlabels"][f"thm-{name}"] = place
            labels["labels"][f"thm-{name}"] = (*place, f"Theorem {name}")
        return made


class Derivation(TheoremPart):
    """{derivation} ID: proof in words, checked steps, the claim in Rocq and in SymPy; folded."""

    render = staticmethod(parts.derivation)


class Boundary(TheoremPart):
    """{boundary} ID: the point at which the claim fails once an assumption is dropped."""

    render = staticmethod(parts.boundary)


class Record(TheoremPart):
    """{record} ID: literature, evidence with dates and commands, how to cite and run it."""

    render = staticmethod(parts.record)


class Demonstration(TheoremPart):
    """{demonstration} ID: the model beside a library's own, computed while the page is read."""

    render = staticmethod(demonstrations.rendered)


class Listing(BookDirective):
    """A directive without arguments."""

    render: Callable[[Page], Sequence[nodes.Node]]

    def run(self) -> list[nodes.Node]:
        """The listing's nodes."""
        return list(type(self).render(self))


class Catalogue(Listing):
    """{catalogue}: every theorem with its tag."""

    render = staticmethod(listings.catalogue)


class Announcements(Listing):
    """{announcements}: what sources announce, and what of it holds."""

    render = staticmethod(listings.announcements)


class Functions(Listing):
    """{functions}: the small named functions of the derivations."""

    render = staticmethod(listings.named_functions)


class Quantities(Listing):
    """{quantities}: the public names of every quantity, with units and domains."""

    render = staticmethod(listings.quantities)


class Models(Listing):
    """{models}: what each model of Part II is, and how it is written as a localization method."""

    render = staticmethod(models.which_is_what)


class ModelMap(Listing):
    """{model-map}: the models of Part II around the local mean, drawn."""

    render = staticmethod(models.drawn)


class Evidence(Listing):
    """{evidence}: the matrix of `locality status`."""

    render = staticmethod(evidence.table_of_all)


class Dependencies(BookDirective):
    """{dependencies} FOLDER …: which proof uses which, in folders of `theory/`."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """The graph; an unknown folder is a fault."""
        folders = self.arguments[0].split()
        if unknown := [folder for folder in folders if folder not in PARTS]:
            self.fault(f"unknown part {unknown[0]!r}: expected some of {', '.join(PARTS)}")
            return []
        return graph.nodes_of(*folders)


DIRECTIVES = {
    "theorem": Statement,
    "derivation": Derivation,
    "boundary": Boundary,
    "record": Record,
    "demonstration": Demonstration,
    "announcements": Announcements,
    "catalogue": Catalogue,
    "functions": Functions,
    "quantities": Quantities,
    "evidence": Evidence,
    "models": Models,
    "model-map": ModelMap,
    "dependencies": Dependencies,
}


def every_theorem_has_its_parts(app: Sphinx, env: BuildEnvironment) -> None:
    """Every theorem is rendered, with each of its parts once."""
    found = [
        part for data in env.metadata.values() for part in data.get("theorem-parts", "").split()
    ]
    for entry in index():
        demonstrated = ("demonstration",) if entry.folder in DEMONSTRATED else ()
        for part in (*PIECES, *demonstrated):
            count = found.count(f"{part}:{entry.id}")
            if count != 1:
                logger.warning("theorem %s: %d of {%s} in the book", entry.id, count, part)
