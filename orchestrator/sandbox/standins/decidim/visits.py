"""The pages of an organisation's site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.decidim import (
    cache,
    comments,
    guests,
    interface,
    letters,
    logins,
    organizations,
    pages,
    programs,
    users,
)
from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.exchange import Answer, Request, redirect
from orchestrator.sandbox.standins.decidim.frame import Frame

_SIGN_IN = "/users/sign_in"
_SIGN_UP = "/users/sign_up"
_INVITATION = "/users/invitation/accept"
_OPEN_DOORS = frozenset({_SIGN_IN, _SIGN_UP, _INVITATION, "/api", programs.PATH})
_GUEST = re.compile(r"^/meetings/(\d{1,18})/guest-registration$")
_MEETING = re.compile(r"^/meetings/(\d{1,18})$")
_PROFILE = re.compile(r"^/profiles/([\w-]+)$")
_LOGIN = re.compile(r"^/users/auth/([a-z_]+)$")
_PAGE = re.compile(r"^/pages/([a-z0-9-]+)$")
_COUNT = (
    "SELECT count(*) FROM decidim_users WHERE decidim_organization_id = %s AND deleted_at IS NULL"
    " AND type = 'Decidim::User'"
)


class Visit:
    """One request to one organisation's site."""

    def __init__(
        self, frame: Frame, database: Database, request: Request, organization: Mapping[str, Any]
    ) -> None:
        self._database = database
        self._request = request
        self._organization = organization
        asked = request.query.get("locale", "")
        known = asked in organization["available_locales"]
        self._locale = asked if known else organization["default_locale"]
        banner = organizations.banner(organization, self._locale)
        self._frame = replace(frame, banner=pages.banner(*banner) if any(banner) else "")

    def answer(self) -> Answer:
        """The page of the path."""
        path = self._request.path
        forced = self._organization["force_users_to_authenticate_before_access_organization"]
        open_door = path in _OPEN_DOORS or path.startswith("/users/auth/")
        if forced and not open_door and not self._is_public(path):
            return redirect(_SIGN_IN)
        by_path: dict[str, Callable[[], Answer]] = {
            "/": self._home,
            _SIGN_IN: self._sign_in,
            _SIGN_UP: self._sign_up,
            _INVITATION: self._invitation,
            "/api": self._programs,
            programs.PATH: self._program_signs_in,
            letters.PATH: self._letters,
        }
        if path in by_path:
            return by_path[path]()
        by_pattern = {_LOGIN: self._login, _PAGE: self._static_page, _GUEST: self._guest}
        by_pattern |= {_MEETING: self._meeting, _PROFILE: self._profile}
        for pattern, page in by_pattern.items():
            if found := pattern.match(path):
                return page(found[1])
        return self._frame.missing(self._locale)

    def _letters(self) -> Answer:
        if not letters.wanted(self._frame.environment):
            return self._frame.missing(self._locale)
        return self._frame.shown(self._locale, "Letters", letters.shown())

    def _home(self) -> Answer:
        number, environment = self._organization["id"], self._frame.environment
        age = f"{self._organization['updated_at']:%Y%m%d%H%M%S%f}"
        heading, kept = cache.fetched(
            environment,
            f"decidim/home/{number}/{self._locale}/{age}",
            environment.integer("DECIDIM_CACHE_EXPIRATION_TIME", 1440),
            lambda: pages.heading(self._organization, self._locale),
        )
        figures, _ = cache.fetched(
            environment,
            f"decidim/stats/{number}/{self._locale}",
            environment.integer("DECIDIM_STATS_CACHE_EXPIRATION_TIME", 10),
            self._figures,
        )
        title = organizations.title(self._organization, self._locale)
        shown = self._frame.shown(self._locale, title, heading + figures)
        return Answer(shown.status, shown.body, headers={"X-Cache": "hit" if kept else "miss"})

    def _figures(self) -> str:
        count = self._database.value(_COUNT, self._organization["id"])
        return pages.figures(self._organization, count, self._locale)

    def _sign_in(self) -> Answer:
        if self._request.method == "POST":
            return self._frame.refused(self._locale)
        content = pages.form(_SIGN_IN, self._locale, pages.SIGN_IN, "sign_in")
        for name, title in logins.providers(self._frame.environment).items():
            content += pages.button(f"/users/auth/{name}", title)
        return self._frame.shown(self._locale, pages.text(self._locale, "sign_in"), content)

    def _login(self, name: str) -> Answer:
        """Off to the provider, when it is on and a form asked; a link is not enough."""
        environment = self._frame.environment
        if self._request.method != "POST" or name not in logins.providers(environment):
            return self._frame.missing(self._locale)
        return redirect(logins.start(environment, name, self._request.host(environment)))

    def _sign_up(self) -> Answer:
        mode = organizations.REGISTRATION_MODES[self._organization["users_registration_mode"]]
        if mode != "enabled":
            return redirect(_SIGN_IN)
        if self._request.method == "POST":
            return self._frame.refused(self._locale)
        fields = {"name": "text", **pages.SIGN_IN}
        content = pages.form(_SIGN_UP, self._locale, fields, "sign_up")
        return self._frame.shown(self._locale, pages.text(self._locale, "sign_up"), content)

    def _invitation(self) -> Answer:
        token = self._request.query.get("invitation_token", "")
        account = users.invited(self._database, token) if token else None
        if account is None:
            return redirect("/")
        if self._request.method == "POST":
            password = self._request.form.get("password", "")
            if len(password) < users.SHORTEST_PASSWORD:
                return self._frame.refused(self._locale)
            users.accept(self._database, account["id"], password)
            return self._frame.shown(self._locale, pages.text(self._locale, "accepted"))
        fields = {"password": "password"}
        content = pages.form(self._request.target, self._locale, fields, "accept")
        return self._frame.shown(self._locale, pages.text(self._locale, "accept"), content)

    def _static_page(self, slug: str) -> Answer:
        found = self._database.row(
            "SELECT title, content FROM decidim_static_pages"
            " WHERE decidim_organization_id = %s AND slug = %s",
            self._organization["id"],
            slug,
        )
        if found is None:
            return self._frame.missing(self._locale)
        title, content = (found[each].get(self._locale, "") for each in ("title", "content"))
        return self._frame.shown(self._locale, title, content)

    def _meeting(self, number: str) -> Answer:
        """What was said about a meeting, and by whom."""
        said = comments.below(self._database, self._organization, int(number))
        content = pages.comments(said, self._locale)
        return self._frame.shown(self._locale, pages.text(self._locale, "comments"), content)

    def _profile(self, nickname: str) -> Answer:
        """A participant's own page, while there is one of that nickname."""
        account = users.named(self._database, self._organization, nickname)
        if account is None:
            return self._frame.missing(self._locale)
        return self._frame.shown(self._locale, account["name"])

    def _is_public(self, path: str) -> bool:
        """Whether it is a page that is shown to whoever has not signed in, too."""
        found = _PAGE.match(path)
        return found is not None and bool(
            self._database.value(
                "SELECT allow_public_access FROM decidim_static_pages"
                " WHERE decidim_organization_id = %s AND slug = %s",
                self._organization["id"],
                found[1],
            )
        )

    def _guest(self, meeting: str) -> Answer:
        settings = guests.settings(self._database, self._organization["id"])
        if not settings.get("enable_guest_registration"):
            return self._frame.missing(self._locale)
        heading = pages.text(self._locale, "guest")
        query = self._request.query
        if "confirm" in query or "cancel" in query:
            return self._guest_answered(settings)
        if self._request.method == "POST":
            form = self._request.form
            if not users.EMAIL.match(form.get("email", "")) or not form.get("name"):
                return self._frame.refused(self._locale)
            token = guests.register(self._database, self._organization, int(meeting), form)
            self._database.commit()
            if settings["enable_registration_confirmation"]:
                link = f"https://{self._organization['host']}{self._request.path}?confirm={token}"
                guests.confirm_by_mail(
                    self._frame.environment, self._organization, form["email"], link
                )
            return self._frame.shown(self._locale, pages.text(self._locale, "registered"))
        content = pages.form(self._request.path, self._locale, pages.GUEST, "guest")
        return self._frame.shown(self._locale, heading, content)

    def _guest_answered(self, settings: Mapping[str, Any]) -> Answer:
        """The link of a guest's mail; with it the place can be given back, too."""
        query = self._request.query
        if "confirm" in query:
            known = guests.confirm(self._database, query["confirm"])
            phrase = "registered"
        else:
            known = bool(settings["enable_cancellation"]) and guests.cancel(
                self._database, query["cancel"]
            )
            phrase = "cancelled"
        if not known:
            return self._frame.missing(self._locale)
        return self._frame.shown(self._locale, pages.text(self._locale, phrase))

    def _programs(self) -> Answer:
        """The interface for programs: a query is posted; whoever only looks sees who runs here."""
        if self._request.method == "POST":
            known = programs.signed_in(
                self._database,
                self._frame.environment,
                self._organization,
                self._request.headers,
            )
            return interface.answered(
                self._frame, self._organization, self._request.body, known=known is not None
            )
        told = interface.tell(self._frame, self._organization)
        del told["organization"]
        return Answer(HTTPStatus.OK, json.dumps({"data": told}), "application/json")

    def _program_signs_in(self) -> Answer:
        release = self._frame.release
        if self._request.method != "POST" or not release.has_programs:
            return self._frame.missing(self._locale)
        return programs.sign_in(
            self._database, self._frame.environment, self._organization, self._request.body
        )
