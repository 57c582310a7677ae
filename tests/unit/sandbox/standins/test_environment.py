"""The environment as the stand-in reads it, and a start that hardly anything stops."""

from __future__ import annotations

import csv
import re

import pytest

from orchestrator.products import decidim
from orchestrator.sandbox.standins.decidim.environment import (
    Environment,
    UnknownLocaleError,
    UnknownStorageError,
)


def test_it_starts_without_a_proper_secret() -> None:
    assert Environment({}).secret_key_base == "dummy"
    assert Environment({"SECRET_KEY_BASE": ""}).secret_key_base == "dummy"


def test_ssl_is_forced_in_production_unless_told_otherwise() -> None:
    assert Environment({"RAILS_ENV": "production"}).force_ssl
    assert not Environment({}).force_ssl
    assert not Environment({"RAILS_ENV": "production", "DECIDIM_FORCE_SSL": "false"}).force_ssl


def test_unknown_names_are_ignored() -> None:
    known = Environment({"DECIDIM_FORCE_SSL": "false"})
    assert Environment({"DECIDIM_FORCE_SLS": "true", **known.values}).force_ssl == known.force_ssl


def test_the_database_from_one_name_or_five() -> None:
    assert Environment({"DATABASE_URL": "postgis://a:b@c/d"}).database_url == "postgres://a:b@c/d"
    split = {"DATABASE_HOST": "h", "DATABASE_USERNAME": "u", "DATABASE_PASSWORD": "p/w"}
    assert Environment(split).database_url == "postgres://u:p%2Fw@h:5432/osp_app"


def test_jobs_are_lost_unless_the_queue_is_named() -> None:
    assert not Environment({}).jobs_survive
    assert Environment({"QUEUE_ADAPTER": "sidekiq"}).jobs_survive


def test_cache_servers() -> None:
    assert Environment({}).cache_servers == (("localhost", 11211),)
    named = Environment({"MEMCACHE_SERVERS": "cache:1, other"})
    assert named.cache_servers == (("cache", 1), ("other", 11211))


def test_an_unknown_language_stops_the_start() -> None:
    assert Environment({"DECIDIM_AVAILABLE_LOCALES": "fr, en"}).locales == ("fr", "en")
    with pytest.raises(UnknownLocaleError, match="xx"):
        _ = Environment({"DECIDIM_AVAILABLE_LOCALES": "fr,xx"}).locales


def test_an_unknown_storage_service_stops_the_start() -> None:
    assert Environment({}).storage_service == "local"
    with pytest.raises(UnknownStorageError):
        _ = Environment({"STORAGE_PROVIDER": "scaleway"}).storage_service


@pytest.mark.parametrize("release", ["0.30.9", "0.31.5"])
def test_defaults_are_those_of_the_product(release: str) -> None:
    from importlib import resources

    table = resources.files(decidim) / "releases" / f"{release}.environment.csv"
    rows = csv.DictReader(table.read_text("utf-8").splitlines())
    defaults = {row["name"]: row["default"] for row in rows}
    ours = Environment({})
    assert ours.text("RAILS_ENV", "development") == defaults["RAILS_ENV"]
    assert ours.default_locale == defaults["DECIDIM_DEFAULT_LOCALE"]
    assert ours.application_name == defaults["DECIDIM_APPLICATION_NAME"]
    assert ours.mailer_sender == defaults["DECIDIM_MAILER_SENDER"]
    assert ours.storage_service == defaults["STORAGE_PROVIDER"]
    assert re.fullmatch(r"\w+:\d+", defaults["MEMCACHE_SERVERS"])
    assert ours.cache_servers == Environment(defaults).cache_servers
