"""French and English words of the pages that are written for a site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from orchestrator.model.accessibility import Conformity
from orchestrator.model.protection import LegalBasis


@dataclass(frozen=True)
class Words:
    """One language. `units` are a unit's words for one and for several."""

    language: str
    titles: Mapping[str, str]
    bases: Mapping[LegalBasis, str]
    conformity: Mapping[Conformity, str]
    audited: str
    unaudited: str
    copy: str
    training: str
    training_text: str
    units: Mapping[str, tuple[str, str]]
    months: tuple[str, ...]

    def lasts(self, duration: str) -> str:
        """A duration of the tenant file in words: `26w` is `26 semaines`."""
        number, unit = re.fullmatch(r"([0-9]+)([a-z]+)", duration).groups()  # type: ignore[union-attr]
        return f"{number} {self.units[unit][int(number) > 1]}"

    def day(self, day: date) -> str:
        """A day in words: `5 mars 2026`."""
        return f"{day.day} {self.months[day.month - 1]} {day.year}"


_FRENCH = Words(
    language="fr",
    titles={
        "guests": "Participer sans compte : vos données",
        "accessibility": "Accessibilité",
    },
    bases={
        "consent": "votre consentement (RGPD, article 6.1.a)",
        "contract": "l'exécution d'un contrat (RGPD, article 6.1.b)",
        "legal_obligation": "une obligation légale (RGPD, article 6.1.c)",
        "vital_interests": "la sauvegarde d'intérêts vitaux (RGPD, article 6.1.d)",
        "public_task": "une mission d'intérêt public (RGPD, article 6.1.e)",
        "legitimate_interests": "un intérêt légitime (RGPD, article 6.1.f)",
    },
    conformity={
        "none": "non conforme",
        "partial": "partiellement conforme",
        "total": "totalement conforme",
    },
    audited="Cet état résulte de l'audit du {day}.",
    unaudited="Aucun audit de conformité n'est encore en cours de validité.",
    copy="Copie de vérification : rien de ce qui est fait ici ne compte, rien n'est envoyé",
    training="Formation",
    training_text=(
        "Ceci est un espace de formation, jusqu'au {until} : les contenus sont fictifs, n'y "
        "écrivez aucune donnée personnelle. Aucun courriel n'est envoyé."
    ),
    units={
        "min": ("minute", "minutes"),
        "h": ("heure", "heures"),
        "d": ("jour", "jours"),
        "w": ("semaine", "semaines"),
        "y": ("an", "ans"),
    },
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
)
_ENGLISH = Words(
    language="en",
    titles={
        "guests": "Taking part without an account: your data",
        "accessibility": "Accessibility",
    },
    bases={
        "consent": "your consent (GDPR article 6(1)(a))",
        "contract": "the performance of a contract (GDPR article 6(1)(b))",
        "legal_obligation": "a legal obligation (GDPR article 6(1)(c))",
        "vital_interests": "the protection of vital interests (GDPR article 6(1)(d))",
        "public_task": "a task in the public interest (GDPR article 6(1)(e))",
        "legitimate_interests": "a legitimate interest (GDPR article 6(1)(f))",
    },
    conformity={
        "none": "not conformant",
        "partial": "partially conformant",
        "total": "fully conformant",
    },
    audited="This was found by the audit of {day}.",
    unaudited="No conformity audit is in force yet.",
    copy="A copy for checking: nothing that is done here counts, nothing is sent",
    training="Training",
    training_text=(
        "This is a place for training, until {until}: its contents are made up, write no personal "
        "data here. No mail is sent."
    ),
    units={
        "min": ("minute", "minutes"),
        "h": ("hour", "hours"),
        "d": ("day", "days"),
        "w": ("week", "weeks"),
        "y": ("year", "years"),
    },
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
)


def words_of(locale: str) -> Words:
    """French for French, English for every other language."""
    return _FRENCH if locale.partition("-")[0] == "fr" else _ENGLISH
