"""The environment of the server (grist-rudi.md A2): what is open, what is secret.

Whatever stands here cannot be changed in the administrator's panel, which is why harmless and empty
values stand here too: an empty address of widgets is the only way to have none fetched.
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

from orchestrator.model.secret import Secret
from stacks import postgresql, redis
from stacks.grist.order import DATABASE, DATABASE_NAME, QUEUE, GristOrder, first_start, team
from stacks.order import chosen, written

SESSION_MS = 24 * 3600 * 1000
PUSH_AFTER_S = 15
KEEP_ANYWAY = 5
ATTACHMENT_MB = 100
IMPORT_MB = 300
AUTHORITY_FOLDER = "/orchestrator/authority"
AUTHORITY_FILE = "authority.pem"
_HIDDEN = (
    *("helpCenter", "billing", "templates", "createSite", "multiSite", "multiAccounts"),
    *("importFromAirtable", "sendToDrive", "tutorials", "supportGrist"),
)


def settings(order: GristOrder) -> dict[str, str]:
    """Everything that may be read, ours over what the tenant file chose."""
    ours = {
        **_server(order),
        **_site(order),
        **_sign_in(order),
        **_documents(order),
        **_nothing_from_elsewhere(),
    }
    return dict(sorted({**chosen(order), **ours}.items()))


def credentials(order: GristOrder) -> dict[str, Secret]:
    """Everything that may not."""
    password = quote(order.secret("queue_password").reveal(), safe="")
    secrets = {
        "GRIST_SESSION_SECRET": order.secret("session_secret"),
        "TYPEORM_PASSWORD": order.secret("database_password"),
        "REDIS_URL": Secret(f"redis://:{password}@{QUEUE}:{redis.PORT}/0"),
        "GRIST_DOCS_MINIO_ACCESS_KEY": order.secret("objects_access_key"),
        "GRIST_DOCS_MINIO_SECRET_KEY": order.secret("objects_secret_key"),
        "GRIST_OIDC_IDP_CLIENT_SECRET": order.secret(client(order)[2]),
    }
    if first_start(order):
        secrets["GRIST_BOOT_KEY"] = order.secret("boot_key")
    return dict(sorted(secrets.items()))


def client(order: GristOrder) -> tuple[str, str, str]:
    """Issuer and our name there, and what the secret there is called."""
    if own := order.instance.login:
        return own.issuer, own.client_id, own.client_secret
    issuer, name = order.secret("login_issuer"), order.secret("login_client_id")
    return issuer.reveal(), name.reveal(), "login_client_secret"


def _server(order: GristOrder) -> dict[str, str]:
    return {
        "NODE_ENV": "production",
        "PORT": str(order.release.port),
        "GRIST_HOST": "0.0.0.0",  # noqa: S104 - of a pod that the network policies guard
        "GRIST_SERVERS": "home,docs,static",
        "GRIST_SINGLE_PORT": "true",
        "GRIST_SERVE_SAME_ORIGIN": "true",
        "GRIST_UNTRUSTED_PORT": "",
        "GRIST_INST_DIR": "/persist",
        "GRIST_DATA_DIR": "/persist/docs",
        "GRIST_LOG_LEVEL": "info",
        "GRIST_LOG_AS_JSON": "true",
        "GRIST_SANDBOX_FLAVOR": order.place.formula_sandbox,
        "TYPEORM_TYPE": "postgres",
        "TYPEORM_HOST": DATABASE,
        "TYPEORM_PORT": str(postgresql.PORT),
        "TYPEORM_DATABASE": DATABASE_NAME,
        "TYPEORM_USERNAME": DATABASE_NAME,
    }


def _site(order: GristOrder) -> dict[str, str]:
    administrator = order.instance.administrator.email
    return {
        "APP_HOME_URL": order.public_url,
        "APP_HOME_INTERNAL_URL": f"http://localhost:{order.release.port}",
        "GRIST_SINGLE_ORG": team(order),
        "GRIST_ORG_IN_PATH": "false",
        # Explicit, or a release with a new first page would wait behind it for ever.
        "GRIST_IN_SERVICE": "true",
        "GRIST_ADMIN_EMAIL": administrator,
        # Who everybody would be if nobody had to sign in.
        "GRIST_DEFAULT_EMAIL": administrator,
        "COOKIE_MAX_AGE": str(SESSION_MS),
        "GRIST_SESSION_COOKIE": "grist_core",
        "GRIST_FORCE_LOGIN": written(not order.instance.public_documents),
        "GRIST_ANON_PLAYGROUND": "false",
        "GRIST_ORG_CREATION_ANYONE": "false",
        # False stops the server on a fresh database, which lacks what true makes (A4).
        "GRIST_PERSONAL_ORGS": written(first_start(order)),
        "GRIST_ENABLE_SCIM": "true",
        "GRIST_ENABLE_SERVICE_ACCOUNTS": "true",
        "GRIST_ACCOUNT_CLOSE": "false",
        "GRIST_DEFAULT_LOCALE": order.instance.locale,
        "GRIST_PAGE_TITLE_SUFFIX": f" - {order.title}",
        "GRIST_HIDE_UI_ELEMENTS": ",".join(_HIDDEN),
        "GRIST_MAX_UPLOAD_ATTACHMENT_MB": str(ATTACHMENT_MB),
        "GRIST_MAX_UPLOAD_IMPORT_MB": str(IMPORT_MB),
    }


def _sign_in(order: GristOrder) -> dict[str, str]:
    issuer, name, _ = client(order)
    found = {
        "GRIST_LOGIN_SYSTEM_TYPE": "oidc",
        "GRIST_OIDC_IDP_ISSUER": issuer,
        "GRIST_OIDC_IDP_CLIENT_ID": name,
        "GRIST_OIDC_SP_HOST": order.public_url,
        "GRIST_OIDC_IDP_SCOPES": "openid email profile",
        "GRIST_OIDC_IDP_ENABLED_PROTECTIONS": "PKCE,STATE,NONCE",
        "GRIST_OIDC_IDP_SKIP_END_SESSION_ENDPOINT": written(order.instance.login is None),
        "GRIST_OIDC_SP_HTTP_TIMEOUT": "5000",
        # Further claims would be kept of each person.
        "GRIST_IDP_EXTRA_PROPS": "",
    }
    if order.place.authority:
        found["NODE_EXTRA_CA_CERTS"] = f"{AUTHORITY_FOLDER}/{AUTHORITY_FILE}"
    return found


def _documents(order: GristOrder) -> dict[str, str]:
    objects = order.place.objects
    kept = order.instance.snapshots
    cap = {
        "hour": kept.hour,
        "day": kept.day,
        "isoWeek": kept.week,
        "month": kept.month,
        "year": kept.year,
    }
    return {
        "GRIST_DOCS_MINIO_BUCKET": order.names.bucket,
        "GRIST_DOCS_MINIO_ENDPOINT": objects.service.host,
        "GRIST_DOCS_MINIO_PORT": str(objects.service.port),
        "GRIST_DOCS_MINIO_USE_SSL": written(urlsplit(objects.endpoint).scheme == "https"),
        "GRIST_DOCS_MINIO_PREFIX": "docs/",
        "GRIST_DOCS_MINIO_BUCKET_REGION": objects.region,
        "GRIST_EXTERNAL_ATTACHMENTS_MODE": "snapshots",
        "GRIST_BACKUP_DELAY_SECS": str(PUSH_AFTER_S),
        "GRIST_SNAPSHOT_TIME_CAP": json.dumps(cap, separators=(",", ":")),
        "GRIST_SNAPSHOT_KEEP": str(KEEP_ANYWAY),
    }


def _nothing_from_elsewhere() -> dict[str, str]:
    return {
        "ALLOWED_WEBHOOK_DOMAINS": "",
        "GRIST_TELEMETRY_LEVEL": "off",
        "GRIST_ALLOW_AUTOMATIC_VERSION_CHECKING": "false",
        "GRIST_WIDGET_LIST_URL": "",
        "PERMITTED_CUSTOM_WIDGETS": "",
        "GRIST_EXT_FULL_EDITION_BASE_URL": "",
        "GRIST_SERVER_EDITION": "community",
    }
