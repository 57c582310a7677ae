"""Pages. Each says first that it is a stand-in's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from orchestrator.sandbox.standins.decidim.organizations import PAGES, title
from orchestrator.sandbox.standins.decidim.release import Release, notice

STYLESHEET = "/decidim-packs/css/decidim_core.css"
CSS = (
    "body{font-family:sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#222}"
    ".stand-in{background:#fff3cd;border:1px solid #b58900;padding:.5rem 1rem}\n"
)
_TEXTS = {
    "en": {
        "sign_in": "Sign in",
        "sign_up": "Create an account",
        "email": "E-mail",
        "password": "Password",
        "name": "Name",
        "system": "System: sign in",
        "participants": "Participants",
        "accept": "Accept the invitation",
        "accepted": "The invitation is accepted.",
        "guest": "Register without an account",
        "registered": "You are registered.",
        "cancelled": "Your registration is cancelled.",
        "comments": "Comments",
        "gone": "Deleted participant",
        "missing": "The page you are looking for can't be found",
        "wrong": "There was a problem with our server",
        "refused": "Not possible here",
        "welcome": "Welcome to",
    },
    "fr": {
        "sign_in": "Se connecter",
        "sign_up": "Créer un compte",
        "email": "Courriel",
        "password": "Mot de passe",
        "name": "Nom",
        "system": "Système : se connecter",
        "participants": "Participants",
        "accept": "Accepter l'invitation",
        "accepted": "L'invitation est acceptée.",
        "guest": "S'inscrire sans compte",
        "registered": "L'inscription est confirmée.",
        "cancelled": "L'inscription est annulée.",
        "comments": "Commentaires",
        "gone": "Participant supprimé",
        "missing": "La page que vous recherchez est introuvable",
        "wrong": "Un problème est survenu sur notre serveur",
        "refused": "Impossible ici",
        "welcome": "Bienvenue sur",
    },
}
_FRENCH_NOTICE = "Doublure de Decidim {} : rien ici n'est le véritable produit."


def text(locale: str, name: str) -> str:
    """A phrase, in English where the language has none."""
    return _TEXTS.get(locale, _TEXTS["en"])[name]


def document(release: Release, locale: str, heading: str, content: str = "") -> str:
    """A whole page. `content` is HTML, `heading` is not."""
    words = [notice(release)]
    if locale == "fr":
        words.append(_FRENCH_NOTICE.format(release.number))
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(locale)}"><head><meta charset="utf-8">'
        f"<title>{escape(heading)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLESHEET}"></head><body>'
        f'<p class="stand-in" role="note">{escape(" ".join(words))}</p>'
        f"<main><h1>{escape(heading)}</h1>{content}</main></body></html>\n"
    )


def heading(organization: Mapping[str, Any], locale: str) -> str:
    """The part of the home page that greets."""
    link = '<p><a href="/users/sign_in">{}</a></p>'.format(escape(text(locale, "sign_in")))
    pages = "".join(
        f'<li><a href="/pages/{slug}">{escape(titles.get(locale, titles["en"]))}</a></li>'
        for slug, titles in PAGES.items()
    )
    welcome = f"{text(locale, 'welcome')} {title(organization, locale)}"
    return f"<p>{escape(welcome)}</p>{link}<ul>{pages}</ul>"


def figures(organization: Mapping[str, Any], count: int, locale: str) -> str:
    """The part of the home page that counts."""
    words = f"{text(locale, 'participants')}: {count}"
    return f'<p class="statistics" data-host="{escape(organization["host"])}">{escape(words)}</p>'


def comments(said: Iterable[tuple[str, str]], locale: str) -> str:
    """Author and words of each; an author without a name was deleted."""
    rows = "".join(
        f"<li><strong>{escape(author or text(locale, 'gone'))}</strong>: {escape(words)}</li>"
        for author, words in said
    )
    return f'<ul class="comments">{rows}</ul>'


def banner(title: str, text: str) -> str:
    """The line above every page; neither is HTML."""
    return f'<p class="banner" role="note"><strong>{escape(title)}</strong> {escape(text)}</p>'


def form(action: str, locale: str, fields: Mapping[str, str], button: str) -> str:
    """A form; fields by name, with their type."""
    rows = "".join(
        f'<p><label>{escape(text(locale, name))} <input type="{kind}" name="{name}" required>'
        "</label></p>"
        for name, kind in fields.items()
    )
    send = f'<p><button type="submit">{escape(text(locale, button))}</button></p>'
    return f'<form method="post" action="{escape(action)}">{rows}{send}</form>'


def button(action: str, title: str) -> str:
    """A form that is a button only; neither is HTML."""
    inner = f'<button type="submit">{escape(title)}</button>'
    return f'<form method="post" action="{escape(action)}"><p>{inner}</p></form>'


SIGN_IN = {"email": "email", "password": "password"}
GUEST = {"name": "text", "email": "email"}
