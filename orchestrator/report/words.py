"""Words of the reports in English and in French; `{names}` are filled in by who uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400

ENGLISH: Mapping[str, str] = {
    "language": "en",
    "title": "Restore drills",
    "skip": "Go to the content",
    "contents": "Contents",
    "made": "Made on {at} by orchestrator {version}",
    "summary": "Summary",
    "summary-caption": "Instances by standing",
    "covered": "Proven within their period: {covered} of {all} instances ({percent} %).",
    "covered-none": "No instance is to be drilled.",
    "formula": (
        "An instance counts as proven when a drill whose signature holds brought it back whole "
        "within the period it declares, counted from today. The percentage is rounded down."
    ),
    "standing": "Standing",
    "instances": "Instances",
    "meaning": "Meaning",
    "green": "Proven",
    "green-means": "the last drill held, and is not older than the period",
    "due": "Overdue",
    "due-means": "the last drill held, but is older than the period",
    "red": "Failed",
    "red-means": "the newest drill did not hold, or left its copy behind",
    "never": "Never proven",
    "never-means": "no drill has held so far",
    "to-do": "What to do",
    "nothing-to-do": "Nothing: every instance is proven.",
    "find-cause": (
        "Keep the recovery point {point} and delete nothing. "
        "Find out why these promises did not hold: {names}."
    ),
    "try-something": "Drill again: drill {drill} tried nothing, so it proves nothing.",
    "use-older-point": (
        "Drill again from the older point {older}. Until the cause is found, restore from that one."
    ),
    "choose-older-point": "No older point was proposed: choose one and drill again from it.",
    "remove-copy": (
        "Remove at once what drill {drill} left on {platform}: the copy holds real people's data."
    ),
    "drill-overdue": (
        "Drill tonight: last proven {days} days ago, where {period} are promised. "
        "Find out why the nights since then failed."
    ),
    "drill-first": "Drill for the first time, and see that there is a recovery point.",
    "doubt-file": ("Count {file} for nothing: its signature does not hold. Find out who wrote it."),
    "proven": "What is proven",
    "proven-none": "Nothing so far.",
    "proven-one": (
        "{instance} was restored on {day} from a point of {point}. "
        "Measured loss (RPO): {rpo}. Measured time (RTO): {rto}."
    ),
    "tenants": "By tenant",
    "tenant-caption": "Instances of {tenant}",
    "instance": "Instance",
    "last-green": "Last proven",
    "age": "Age",
    "days": "{days} d",
    "period": "Period",
    "rpo": "Loss (RPO)",
    "rto": "Time (RTO)",
    "newest": "Newest drill",
    "none": "none",
    "no-drill": "no drill",
    "headed": "{instance}: {standing}",
    "unknown": "unknown",
    "unmeasured": "not measured",
    "drills": "Drill by drill",
    "no-drills": "There are no records.",
    "drill-title": "{instance}, {day}, drill {id}",
    "verdict": "Verdict",
    "verdict-green": "Held",
    "verdict-red": "Did not hold",
    "verdict-void": "Proves nothing",
    "began": "Began",
    "ended": "Ended",
    "release": "Release",
    "point": "Recovery point",
    "of": "{point}, data of {at}",
    "copy": "Copy",
    "copy-removed": "removed",
    "copy-left": "left behind",
    "older-point": "Older point proposed",
    "platform": "Platform",
    "version": "Drilled by",
    "signature": "Signature",
    "verified": "holds, key {key}",
    "unverified": "does not hold (key named: {key})",
    "file": "File",
    "assertions-caption": "Promises tried in drill {id}",
    "assertion": "Promise",
    "held": "Result",
    "yes": "Held",
    "no": "Did not hold",
    "seen": "Seen",
    "took": "Took",
    "nothing-tried": "Nothing was tried.",
    "doubtful": "Files that prove nothing",
    "doubtful-none": "None: every file is a record whose signature holds.",
    "doubtful-one": "{file}: the signature does not hold (key named: {key}).",
    "foreign-one": "{file}: is no record of a drill.",
    "check": "To check this report",
    "digest": "The same report as JSON has the SHA-256",
    "utc": "All times are UTC. Sentences of the records themselves are in English.",
}
FRENCH: Mapping[str, str] = {
    "language": "fr",
    "title": "Exercices de restauration",
    "skip": "Aller au contenu",
    "contents": "Sommaire",
    "made": "Établi le {at} par orchestrator {version}",
    "summary": "Synthèse",
    "summary-caption": "Instances selon leur situation",
    "covered": "Prouvées dans leur délai : {covered} sur {all} instances ({percent} %).",
    "covered-none": "Aucune instance n'est soumise aux exercices.",
    "formula": (
        "Une instance compte comme prouvée quand un exercice dont la signature est valable l'a "
        "restaurée entièrement dans le délai qu'elle déclare, compté à partir d'aujourd'hui. "
        "Le pourcentage est arrondi à l'entier inférieur."
    ),
    "standing": "Situation",
    "instances": "Instances",
    "meaning": "Signification",
    "green": "Prouvée",
    "green-means": "le dernier exercice a réussi et ne dépasse pas le délai",
    "due": "En retard",
    "due-means": "le dernier exercice a réussi mais dépasse le délai",
    "red": "Échec",
    "red-means": "le dernier exercice a échoué, ou a laissé sa copie en place",
    "never": "Jamais prouvée",
    "never-means": "aucun exercice n'a encore réussi",
    "to-do": "Que faire",
    "nothing-to-do": "Rien : chaque instance est prouvée.",
    "find-cause": (
        "Conserver le point de reprise {point} et ne rien supprimer. "
        "Chercher pourquoi ces promesses n'ont pas été tenues : {names}."
    ),
    "try-something": (
        "Refaire l'exercice : l'exercice {drill} n'a rien vérifié et ne prouve donc rien."
    ),
    "use-older-point": (
        "Refaire l'exercice depuis le point plus ancien {older}. Tant que la cause est inconnue, "
        "restaurer depuis ce point."
    ),
    "choose-older-point": (
        "Aucun point plus ancien n'a été proposé : en choisir un et refaire l'exercice."
    ),
    "remove-copy": (
        "Supprimer sans délai ce que l'exercice {drill} a laissé sur {platform} : la copie "
        "contient les données de personnes réelles."
    ),
    "drill-overdue": (
        "Refaire l'exercice cette nuit : dernière preuve il y a {days} jours, pour {period} "
        "promis. Chercher pourquoi les nuits suivantes ont échoué."
    ),
    "drill-first": "Faire un premier exercice, et vérifier qu'un point de reprise existe.",
    "doubt-file": (
        "Ne pas tenir compte de {file} : sa signature n'est pas valable. Chercher qui l'a écrit."
    ),
    "proven": "Ce qui est prouvé",
    "proven-none": "Rien pour l'instant.",
    "proven-one": (
        "{instance} a été restaurée le {day} depuis un point du {point}. "
        "Perte mesurée (RPO) : {rpo}. Durée mesurée (RTO) : {rto}."
    ),
    "tenants": "Par collectivité",
    "tenant-caption": "Instances de {tenant}",
    "instance": "Instance",
    "last-green": "Dernière preuve",
    "age": "Âge",
    "days": "{days} j",
    "period": "Délai",
    "rpo": "Perte (RPO)",
    "rto": "Durée (RTO)",
    "newest": "Dernier exercice",
    "none": "aucune",
    "no-drill": "aucun exercice",
    "headed": "{instance} : {standing}",
    "unknown": "inconnu",
    "unmeasured": "non mesurée",
    "drills": "Exercice par exercice",
    "no-drills": "Il n'y a pas de procès-verbal.",
    "drill-title": "{instance}, {day}, exercice {id}",
    "verdict": "Verdict",
    "verdict-green": "Réussi",
    "verdict-red": "Échoué",
    "verdict-void": "Ne prouve rien",
    "began": "Début",
    "ended": "Fin",
    "release": "Version",
    "point": "Point de reprise",
    "of": "{point}, données du {at}",
    "copy": "Copie",
    "copy-removed": "supprimée",
    "copy-left": "encore en place",
    "older-point": "Point plus ancien proposé",
    "platform": "Plateforme",
    "version": "Exercice mené par",
    "signature": "Signature",
    "verified": "valable, clé {key}",
    "unverified": "non valable (clé annoncée : {key})",
    "file": "Fichier",
    "assertions-caption": "Promesses vérifiées par l'exercice {id}",
    "assertion": "Promesse",
    "held": "Résultat",
    "yes": "Tenue",
    "no": "Non tenue",
    "seen": "Constat",
    "took": "Durée",
    "nothing-tried": "Rien n'a été vérifié.",
    "doubtful": "Fichiers qui ne prouvent rien",
    "doubtful-none": "Aucun : chaque fichier est un procès-verbal dont la signature est valable.",
    "doubtful-one": "{file} : la signature n'est pas valable (clé annoncée : {key}).",
    "foreign-one": "{file} : n'est pas un procès-verbal d'exercice.",
    "check": "Pour contrôler ce rapport",
    "digest": "Le même rapport en JSON a pour empreinte SHA-256",
    "utc": (
        "Toutes les heures sont en UTC. Les phrases des procès-verbaux eux-mêmes sont en anglais."
    ),
}
_MONTHS = {
    "en": ("January February March April May June July August September October November December"),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_FIXED_BLANK = "\u00a0"


def words_of(language: str) -> Mapping[str, str]:
    """The words of `fr`, else English ones; French signs keep with the word before them."""
    if language != "fr":
        return ENGLISH
    return {key: re.sub(r" (?=[:;!?%])", _FIXED_BLANK, text) for key, text in FRENCH.items()}


def day(at: date, language: str) -> str:
    """`5 March 2026`, `1er mars 2026`."""
    month = _MONTHS[language].split()[at.month - 1]
    first = "er" if language == "fr" and at.day == 1 else ""
    return f"{at.day}{first} {month} {at.year}"


def moment(at: datetime, language: str) -> str:
    """`5 March 2026, 02:04 UTC`, `5 mars 2026 à 02:04 UTC`."""
    joint = " à " if language == "fr" else ", "
    utc = at.astimezone(UTC)
    return f"{day(utc, language)}{joint}{utc:%H:%M} UTC"


def spoken(seconds: float, language: str) -> str:
    """A duration in its two largest units: `0.4 s`, `3 min 12 s`, `2 d 5 h`."""
    if seconds < 10:
        text = f"{seconds:.1f} s"
        return text.replace(".", ",") if language == "fr" else text
    whole = round(seconds)
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    if whole < DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"
    unit = "j" if language == "fr" else "d"
    return f"{whole // DAY_S} {unit} {whole % DAY_S // HOUR_S} h"
