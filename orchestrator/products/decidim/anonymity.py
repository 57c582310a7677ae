"""How a Decidim becomes one in which nobody can be recognised."""

from __future__ import annotations

from pathlib import Path

from orchestrator.model.instance import MailRelay
from orchestrator.products.anonymity import Anonymity
from orchestrator.products.decidim.instance import Decidim, Maps

_LIST = Path(__file__).with_name("masking.csv")
_FILE = "orchestrator/products/decidim/masking.csv"
_PUBLIC = """
select coalesce(jsonb_agg(one.said), '[]') from (
    select name::text as said from decidim_organizations
    union select reference_prefix from decidim_organizations) one
"""
# Smaller pictures of uploads are made anew, and what nothing shows has no placeholder.
_PRUNED = (
    "delete from active_storage_attachments where record_type = 'ActiveStorage::VariantRecord'",
    """delete from active_storage_blobs blob where not exists (
        select from active_storage_attachments one where one.blob_id = blob.id)""",
)
_UPLOADS = """
select coalesce(jsonb_agg(jsonb_build_object('key', key, 'type', coalesce(content_type, ''))
    order by key), '[]') from active_storage_blobs
"""
_UPLOADED = """
update active_storage_blobs blob set byte_size = put.size, checksum = put.md5
from (values {rows}) as put (key, size, md5) where put.key = blob.key
"""


def anonymity() -> Anonymity:
    """Its list, and what becomes of uploads."""
    text = _LIST.read_text(encoding="utf-8")
    return Anonymity(_FILE, text, _PUBLIC, _PRUNED, _UPLOADS, _UPLOADED)


def shut_in(instance: Decidim) -> Decidim:
    """Without relay, maps, identity providers and AI: their accounts and secrets are the site's."""
    mail = MailRelay(sender=instance.mail.sender, sender_name=instance.mail.sender_name)
    alone = {"mail": mail, "maps": Maps(), "login": (), "ai": type(instance.ai)()}
    return instance.model_copy(update=alone)
