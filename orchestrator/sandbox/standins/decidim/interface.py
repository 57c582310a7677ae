"""The interface for programs: GraphQL over what an organisation shows to everybody.

The product's schema has hundreds of types; here are those that tell who runs here, with the
introspection that clients begin with.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.decidim.exchange import Answer
from orchestrator.sandbox.standins.decidim.frame import Frame

KIND = "application/json; charset=utf-8"
SCHEMA = '''
"""What everybody may ask."""
type Query {
  decidim: Decidim!
  deployment: Deployment!
  organization: Organization!
}
type Decidim {
  applicationName: String!
  "Null unless the installation tells it"
  version: String
  standIn: Boolean!
}
type Deployment {
  image: String
  tag: String
}
type Organization {
  id: ID!
  name: TranslatedField!
}
type TranslatedField {
  locales: [String!]!
  translation(locale: String!): String
  translations: [LocalizedString!]!
}
type LocalizedString {
  locale: String!
  text: String!
}
'''


def tell(frame: Frame, organization: Mapping[str, Any]) -> dict[str, Any]:
    """All that can be asked for, as data."""
    environment, release = frame.environment, frame.release
    disclosed = environment.enabled("DECIDIM_API_DISCLOSE_SYSTEM_VERSION")
    return {
        "decidim": {
            "applicationName": environment.application_name,
            "version": release.number if disclosed else None,
            "standIn": True,
        },
        "deployment": {
            "image": environment.text("DOCKER_IMAGE_NAME"),
            "tag": environment.text("DOCKER_IMAGE_TAG"),
        },
        "organization": {
            "id": str(organization["id"]),
            "name": _translated(organization["name"], organization["available_locales"]),
        },
    }


def answered(frame: Frame, organization: Mapping[str, Any], body: bytes, *, known: bool) -> Answer:
    """The answer to a query; a query that cannot be understood gets its faults.

    `known` says whether a program signed in.
    """
    if frame.environment.enabled("DECIDIM_API_FORCE_API_AUTHENTICATION") and not known:
        return _said({"errors": [{"message": "Sign in first"}]}, HTTPStatus.UNAUTHORIZED)
    try:
        asked = json.loads(body)
        query, variables = str(asked["query"]), asked.get("variables") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return _said({"errors": [{"message": "No query was given"}]}, HTTPStatus.BAD_REQUEST)
    core = importlib.import_module("graphql")
    found = core.graphql_sync(
        core.build_schema(SCHEMA),
        query,
        root_value=tell(frame, organization),
        variable_values=variables,
        operation_name=asked.get("operationName"),
    )
    return _said(found.formatted, HTTPStatus.OK)


def _translated(name: Any, locales: Any) -> dict[str, Any]:
    texts = dict(name) if isinstance(name, Mapping) else {locale: str(name) for locale in locales}
    return {
        "locales": list(texts),
        "translations": [{"locale": each, "text": text} for each, text in texts.items()],
        "translation": lambda _info, locale: texts.get(locale),
    }


def _said(body: Mapping[str, Any], status: HTTPStatus) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False), KIND)
