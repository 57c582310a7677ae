"""What every page of a site stands in: a release, an environment, and the form of answers."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from orchestrator.sandbox.standins.decidim import pages
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.exchange import Answer
from orchestrator.sandbox.standins.decidim.release import Release


@dataclass(frozen=True)
class Frame:
    """One release, serving with one environment; `banner` is HTML that stands above every page."""

    environment: Environment
    release: Release
    banner: str = ""

    def shown(self, locale: str, heading: str, content: str = "") -> Answer:
        """A page that is there."""
        return Answer(HTTPStatus.OK, self.page(locale, heading, content))

    def missing(self, locale: str) -> Answer:
        """The page that is not there."""
        return Answer(HTTPStatus.NOT_FOUND, self.page(locale, pages.text(locale, "missing")))

    def refused(self, locale: str) -> Answer:
        """A form that was not taken."""
        heading = pages.text(locale, "refused")
        return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, self.page(locale, heading))

    def page(self, locale: str, heading: str, content: str = "") -> str:
        """The document alone."""
        return pages.document(self.release, locale, heading, self.banner + content)
