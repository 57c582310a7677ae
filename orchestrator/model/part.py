"""What every part of a tenant file shares: frozen, closed to unknown keys, small typed words."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from orchestrator.model.secret import SecretRef


class Part(BaseModel):
    """A frozen piece of a file; an unknown key is a fault."""

    # Built when first read: a part of a larger file needs no reader of its own. A part that is the
    # default of a key is made by `model_construct`, which needs none either.
    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True
    )


_LABEL = re.compile(r"^(?!-)[a-z0-9-]{1,63}(?<!-)$")
_MAIL = re.compile(r"^[^@\s]+@([^@\s]+)$")
_DURATION = re.compile(r"^[1-9][0-9]*(min|h|d|w|y)$")


def _host_name(text: str) -> str:
    labels = text.split(".")
    if (
        len(text) > 253
        or len(labels) < 2
        or not all(_LABEL.match(label) for label in labels)
        or labels[-1].isdigit()
    ):
        message = (
            "must be a host name such as `participer.commune.fr`: lower-case letters, digits and "
            "hyphens between dots, no scheme, path or port (punycode for accents)"
        )
        raise ValueError(message)
    return text


def mail_address(text: str) -> str:
    """The text itself when it is a mail address. Raises ValueError with the expected form."""
    match = _MAIL.match(text)
    if match is None:
        message = "must be a mail address such as `dpo@commune.fr`"
        raise ValueError(message)
    _host_name(match[1])
    return text


def _secret_reference(text: str) -> str:
    SecretRef.parse(text)
    return text


def _duration(text: str) -> str:
    if not _DURATION.match(text):
        message = "must be a whole number and a unit: `15min`, `4h`, `30d`, `6w` or `2y`"
        raise ValueError(message)
    return text


HostName = Annotated[str, AfterValidator(_host_name)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
SecretReference = Annotated[
    str,
    AfterValidator(_secret_reference),
    Field(pattern=r"^vault:[a-z0-9][a-z0-9/_.-]*#[A-Za-z0-9_]+$"),
]
Duration = Annotated[str, AfterValidator(_duration), Field(pattern=_DURATION.pattern)]

_UNIT_SECONDS = {"min": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600}


def seconds(duration: str) -> int:
    """A duration of the tenant file in seconds; a year is 365.25 days."""
    number, unit = re.fullmatch(r"([0-9]+)([a-z]+)", duration).groups()  # type: ignore[union-attr]
    return int(number) * _UNIT_SECONDS[unit]
