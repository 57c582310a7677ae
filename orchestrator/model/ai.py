"""Features that hand people's words to somebody's model: off unless everything is said of it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from orchestrator.model.part import HostName, Part, SecretReference
from orchestrator.model.protection import LegalBasis

AiUse = Literal["moderation", "translation", "assistant"]
# Own, shared, link-local and loopback addresses: another instance or the cluster itself lies there.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/3",
        "::/8",
        "fc00::/6",
        "fe80::/9",
    )
)
_WIDEST = {4: 16, 6: 32}


def _public_range(text: str) -> str:
    network = ip_network(text)
    if network.prefixlen < _WIDEST[network.version]:
        message = f"is too wide: at most /{_WIDEST[network.version]}"
        raise ValueError(message)
    if any(network.version == one.version and network.overlaps(one) for one in _NOT_PUBLIC):
        message = "must be public addresses: inside lie the cluster and other instances"
        raise ValueError(message)
    return str(network)


class AiFeature(Part):
    """One feature, and who works for it: what the register and the network must know."""

    processor: str = Field(
        min_length=2, description="Who works on the texts; stands among the register's recipients"
    )
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 code, in quotes")
    legal_basis: LegalBasis = Field(description="GDPR article 6")
    categories: tuple[str, ...] = Field(
        min_length=1, description="Categories of the register whose data is handed over"
    )
    host: HostName = Field(description="Host name of the processor's interface")
    path: str = Field(
        default="/", pattern=r"^/[^\s]*$", description="Path of the interface on that host"
    )
    network: tuple[Annotated[str, AfterValidator(_public_range)], ...] = Field(
        min_length=1,
        description="CIDR ranges that the host resolves into: a network policy knows no names",
    )
    key: SecretReference | None = Field(default=None, description="Where the key lies")


class Ai(Part):
    """Features of the AI kind; each is off when it is left out, and the network shut."""

    moderation: AiFeature | None = Field(
        default=None, description="Contributions and accounts are judged for spam and abuse"
    )
    translation: AiFeature | None = Field(
        default=None, description="Contributions are translated by a machine"
    )
    assistant: AiFeature | None = Field(
        default=None, description="An assistant writes or answers for people"
    )

    def of(self) -> dict[AiUse, AiFeature]:
        """Every feature that is on, by its use."""
        found: dict[AiUse, AiFeature | None] = {
            "moderation": self.moderation,
            "translation": self.translation,
            "assistant": self.assistant,
        }
        return {use: one for use, one in found.items() if one is not None}
