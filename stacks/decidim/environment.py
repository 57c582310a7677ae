"""The environment of every process of the product (decidim.md 2.5): what is open, what is secret.

The product ignores names that it does not know, and runs insecurely without some that it does, so
all of them are set here, the harmless value included.
"""

from __future__ import annotations

from urllib.parse import quote

from orchestrator.model.instance import LoginProvider
from orchestrator.model.secret import Secret
from stacks import postgresql, redis
from stacks.decidim.order import CACHE, CACHE_PORT, DATABASE, QUEUE, DecidimOrder
from stacks.order import chosen, written

THREADS = 5
NOBODY = "127.0.0.1/32"
_PREFIXES = {
    "france_connect": "OMNIAUTH_FRANCE_CONNECT_",
    "openid_connect": "OMNIAUTH_OPENID_CONNECT_",
}


def settings(order: DecidimOrder) -> dict[str, str]:
    """Everything that may be read, ours over what the tenant file chose."""
    ours = {
        **_runtime(order),
        **_site(order),
        **_objects(order),
        **_mail(order),
        **_maps(order),
        **_ai(order),
    }
    for provider in _live(order):
        ours |= _login(order, provider)
    return dict(sorted({**chosen(order), **ours}.items()))


def credentials(order: DecidimOrder) -> dict[str, Secret]:
    """Everything that may not."""
    database = f"postgres://decidim:{_quoted(order, 'database_password')}@{DATABASE}"
    secrets = {
        "SECRET_KEY_BASE": order.secret("secret_key_base"),
        "DATABASE_URL": Secret(f"{database}:{postgresql.PORT}/decidim"),
        "REDIS_URL": Secret(f"redis://:{_quoted(order, 'queue_password')}@{QUEUE}:{redis.PORT}/0"),
        "AWS_ACCESS_KEY_ID": order.secret("objects_access_key"),
        "AWS_SECRET_ACCESS_KEY": order.secret("objects_secret_key"),
        "DECIDIM_API_JWT_SECRET": order.secret("api_jwt_secret"),
        "PUMA_HEALTH_CHECK_TOKEN": order.secret("health_token"),
    }
    if password := _relay_password(order):
        secrets["SMTP_PASSWORD"] = order.secret(password)
    if order.instance.maps.api_key:
        secrets["MAPS_API_KEY"] = order.secret(order.instance.maps.api_key)
    for use, feature in order.instance.ai.of().items():
        if feature.key:
            secrets[order.release.ai[use].key] = order.secret(feature.key)
    for provider in _live(order):
        name = (
            "OMNIAUTH_PUBLIK_CLIENT_SECRET"
            if provider.provider == "publik"
            else f"{_PREFIXES[provider.provider]}CLIENT_OPTIONS_SECRET"
        )
        secrets[name] = order.secret(provider.client_secret)
    return dict(sorted(secrets.items()))


def _runtime(order: DecidimOrder) -> dict[str, str]:
    return {
        "RAILS_ENV": "production",
        "RAILS_LOG_TO_STDOUT": "true",
        "RAILS_SERVE_STATIC_FILES": "true",
        "RAILS_LOG_LEVEL": "info",
        "RAILS_MAX_THREADS": str(THREADS),
        "RAILS_MIN_THREADS": str(THREADS),
        "PORT": str(order.release.port),
        "SIDEKIQ_CONCURRENCY": str(THREADS),
        "QUEUE_ADAPTER": "sidekiq",
        "MEMCACHE_SERVERS": f"{CACHE}:{CACHE_PORT}",
        "MALLOC_ARENA_MAX": "2",
        "DEFACE_ENABLED": "false",
        "DECIDIM_FORCE_SSL": "true",
        "DECIDIM_FOLLOW_HTTP_X_FORWARDED_HOST": "false",
    }


def _site(order: DecidimOrder) -> dict[str, str]:
    instance = order.instance
    return {
        "DECIDIM_APPLICATION_NAME": order.title,
        "DECIDIM_MAILER_SENDER": instance.mail.sender,
        "DECIDIM_AVAILABLE_LOCALES": ",".join(instance.locales.available),
        "DECIDIM_DEFAULT_LOCALE": instance.locales.default,
        # Scripts of administrators' own, tracking of newsletter readers, our version to everybody.
        "DECIDIM_ENABLE_HTML_HEADER_SNIPPETS": "false",
        "DECIDIM_TRACK_NEWSLETTER_LINKS": "false",
        "DECIDIM_API_DISCLOSE_SYSTEM_VERSION": "false",
        "DECIDIM_ALLOW_OPEN_REDIRECTS": "false",
        # Empty would mean everybody; the entrance refuses strangers as well.
        "DECIDIM_SYSTEM_ACCESSLIST_IPS": ",".join(instance.system_access) or NOBODY,
    }


def _objects(order: DecidimOrder) -> dict[str, str]:
    objects = order.place.objects
    return {
        "STORAGE_PROVIDER": order.release.storage_service,
        "AWS_BUCKET": order.names.bucket,
        "AWS_ENDPOINT": objects.endpoint,
        "AWS_REGION": objects.region,
        "AWS_PUBLIC": "false",
        "AWS_FORCE_PATH_STYLE": "true",
    }


def _mail(order: DecidimOrder) -> dict[str, str]:
    if order.tenant.training:
        return _sink(order)
    mail, relay = order.instance.mail, order.place.relay
    host, port = (mail.host, mail.port) if mail.host else (relay.service.host, relay.service.port)
    username = mail.username if mail.host else relay.username
    found = {
        "SMTP_ADDRESS": host,
        "SMTP_PORT": str(port),
        "SMTP_DOMAIN": order.instance.domain,
        "SMTP_STARTTLS_AUTO": written(mail.starttls if mail.host else relay.starttls),
    }
    # An empty name is still a name to the client library: it would try to sign in.
    return (
        {**found, "SMTP_USERNAME": username, "SMTP_AUTHENTICATION": "plain"} if username else found
    )


def _sink(order: DecidimOrder) -> dict[str, str]:
    """Mail of a training ends at the platform: nobody who was made up may be written to."""
    return {
        "SMTP_ADDRESS": order.place.sink.host,
        "SMTP_PORT": str(order.place.sink.port),
        "SMTP_DOMAIN": order.instance.domain,
        "SMTP_STARTTLS_AUTO": "false",
    }


def _relay_password(order: DecidimOrder) -> str:
    if order.tenant.training:
        return ""
    mail, relay = order.instance.mail, order.place.relay
    return (mail.password or "") if mail.host else (relay.password if relay.username else "")


def _maps(order: DecidimOrder) -> dict[str, str]:
    maps = order.instance.maps
    if maps.provider == "osm":
        return {
            "MAPS_PROVIDER": "osm",
            "MAPS_DYNAMIC_PROVIDER": "osm",
            "MAPS_DYNAMIC_URL": maps.tiles,
        }
    return {"MAPS_PROVIDER": "here"} if maps.provider == "here" else {}


def _ai(order: DecidimOrder) -> dict[str, str]:
    """Every switch of the release, off where the tenant file names no processor."""
    on = order.instance.ai.of()
    found: dict[str, str] = {}
    for use, variables in order.release.ai.items():
        if variables.switch:
            found[variables.switch] = written(use in on)
        if variables.endpoint and use in on:
            found[variables.endpoint] = f"https://{on[use].host}{on[use].path}"
    return found


def _live(order: DecidimOrder) -> list[LoginProvider]:
    return [provider for provider in order.instance.login if provider.state == "live"]


def _login(order: DecidimOrder, provider: LoginProvider) -> dict[str, str]:
    if provider.provider == "publik":
        return {
            "OMNIAUTH_PUBLIK_CLIENT_ID": provider.client_id,
            "OMNIAUTH_PUBLIK_SITE_URL": provider.issuer,
        }
    prefix = _PREFIXES[provider.provider]
    callback = f"https://{order.instance.domain}/users/auth/{provider.provider}/callback"
    found = {
        f"{prefix}ISSUER": provider.issuer,
        f"{prefix}CLIENT_OPTIONS_IDENTIFIER": provider.client_id,
        f"{prefix}CLIENT_OPTIONS_REDIRECT_URI": callback,
    }
    discovery = {f"{prefix}DISCOVERY": "true"} if provider.provider == "openid_connect" else {}
    return {**found, **discovery}


def _quoted(order: DecidimOrder, name: str) -> str:
    return quote(order.secret(name).reveal(), safe="")
