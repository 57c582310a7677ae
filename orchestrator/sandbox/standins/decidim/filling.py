"""Data to work on: the product's seeds, which must never be live, and samples of our own."""

from __future__ import annotations

from orchestrator.sandbox.standins.decidim import blobs, encryption, guests, organizations, users
from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.environment import Environment

_PUBLIC_PASSWORD = "decidim123456789"
_MEETING = 1


def seed(database: Database) -> None:
    """The accounts whose passwords stand in the product's manual."""
    digest = encryption.password_digest(_PUBLIC_PASSWORD)
    database.run(
        "INSERT INTO decidim_system_admins (email, encrypted_password)"
        " VALUES ('system@example.org', %s) ON CONFLICT DO NOTHING",
        digest,
    )
    for organization in organizations.every(database):
        for name, admin in (("admin", True), ("user", False)):
            email = f"{name}@example.org"
            if users.find(database, organization, email) is None:
                number = users.guest(database, organization, name, email)
                database.update(
                    "decidim_users",
                    number,
                    encrypted_password=digest,
                    admin=admin,
                    extended_data={},
                )


def fill(database: Database, environment: Environment, count: int) -> None:
    """So many participants, each with an encrypted authorisation, a registration and an upload."""
    for organization in organizations.every(database):
        for number in range(1, count + 1):
            email = f"participant-{number}@example.invalid"
            if users.find(database, organization, email) is not None:
                continue
            form = {"name": f"Participant {number}", "email": email}
            guests.register(database, organization, _MEETING, form)
            account = users.find(database, organization, email) or {}
            sealed = encryption.encrypt(f"document {number}", environment.secret_key_base)
            database.insert(
                "decidim_authorizations",
                name="id_documents",
                metadata={"document": sealed},
                decidim_user_id=account["id"],
            )
            text = f"Upload of participant {number}\n".encode()
            blob = blobs.create_and_upload(
                database, environment, f"upload-{number}.txt", text, "text/plain"
            )
            database.insert(
                "active_storage_attachments",
                name="avatar",
                record_type="Decidim::UserBaseEntity",
                record_id=account["id"],
                blob_id=blob["id"],
            )
            database.commit()
