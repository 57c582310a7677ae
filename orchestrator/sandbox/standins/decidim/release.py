"""Which release of Decidim this is a stand-in for, and what differs between the releases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOME = Path("/opt/decidim")
"""The working directory of the image; the release's own files lie here."""

_MARK = HOME / "RELEASE"

_TASKS = (
    "decidim:delete_download_your_data_files",
    "decidim:open_data:export",
    "decidim_meetings:clean_registration_forms",
    "decidim:reminders:all",
    "decidim:mailers:notifications_digest_daily",
    "decidim:mailers:notifications_digest_weekly",
    "decidim_participatory_processes:change_active_step",
    "decidim_initiatives:check_validating",
    "decidim_initiatives:check_published",
    "decidim_initiatives:notify_progress",
)
_ONE_OFF_TASKS = (
    "decidim:upgrade:clean:invalid_records",
    "decidim:upgrade:fix_nickname_casing",
    "decidim:upgrade:clean:hidden_resources",
)


@dataclass(frozen=True)
class Release:
    """One release: the newest migration in its image, and the rake tasks it knows by name."""

    number: str
    rails: str
    ruby: str
    schema_version: str
    tasks: frozenset[str]
    has_data_migrations: bool
    has_up_page: bool
    has_programs: bool


RELEASES = {
    each.number: each
    for each in (
        Release(
            number="0.30.9",
            rails="7.0.8.7",
            ruby="3.3.4",
            schema_version="20250905101500",
            tasks=frozenset((*_TASKS, *_ONE_OFF_TASKS, "decidim:metrics:all")),
            has_data_migrations=False,
            has_up_page=False,
            has_programs=False,
        ),
        Release(
            number="0.31.5",
            rails="7.2.2.2",
            ruby="3.3.4",
            schema_version="20260115091500",
            tasks=frozenset(
                (
                    *_TASKS,
                    *_ONE_OFF_TASKS,
                    "decidim:participants:delete_inactive_participants",
                    "decidim:upgrade:decidim_update_valuators",
                    "decidim:upgrade:decidim_action_log_valuation_assignment",
                    "decidim:upgrade:decidim_paper_trail_valuation_assignment",
                    "decidim:upgrade:fix_nickname_uniqueness",
                    "decidim:upgrade:clean:invalid_private_exports",
                    "decidim:verifications:revoke:sms",
                    "decidim_surveys:upgrade:fix_survey_permissions",
                    "decidim:upgrade:user_groups:remove",
                    "decidim:upgrade:fix_action_log",
                    "decidim:upgrade:clean:remove_private_exports_attachments",
                    "decidim:upgrade:fix_deleted_private_follows",
                )
            ),
            has_data_migrations=True,
            has_up_page=True,
            has_programs=True,
        ),
    )
}


def baked(mark: Path = _MARK) -> Release:
    """The release of this image. Raises KeyError or OSError when the image is none of ours."""
    return RELEASES[mark.read_text(encoding="utf-8").strip()]


def notice(release: Release) -> str:
    """What every page, log and version line says."""
    return f"Stand-in for Decidim {release.number}: nothing here is the real product."


def version_line(program: str, release: Release) -> str:
    """The answer to `--version`, for the programs that `bundle exec` knows."""
    versions = {
        "bundle": "Bundler version 2.5.22",
        "rails": f"Rails {release.rails}",
        "rake": "rake, version 13.2.1",
        "puma": "puma version 6.4.3",
        "sidekiq": "Sidekiq 6.5.12",
    }
    return f"{versions[program]} ({notice(release)})"
