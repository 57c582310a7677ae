"""The migrations in the image: version, name, and what they do to the tables that matter.

Versions are the moments at which they were written; a later release holds the earlier ones too.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.sandbox.standins.decidim.release import Release


@dataclass(frozen=True)
class Migration:
    """One migration file."""

    version: str
    name: str
    sql: str


_STORAGE = """
CREATE TABLE active_storage_blobs (
    id bigserial PRIMARY KEY, key varchar NOT NULL UNIQUE, filename varchar NOT NULL,
    content_type varchar, metadata text, service_name varchar NOT NULL, byte_size bigint NOT NULL,
    checksum varchar, created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE active_storage_attachments (
    id bigserial PRIMARY KEY, name varchar NOT NULL, record_type varchar NOT NULL,
    record_id bigint NOT NULL, blob_id bigint NOT NULL REFERENCES active_storage_blobs (id),
    created_at timestamp NOT NULL DEFAULT now(), UNIQUE (record_type, record_id, name, blob_id));
"""

_ORGANISATIONS = """
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE decidim_system_admins (
    id bigserial PRIMARY KEY, email varchar NOT NULL UNIQUE, encrypted_password varchar NOT NULL,
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
CREATE TABLE decidim_organizations (
    id bigserial PRIMARY KEY, name jsonb NOT NULL, host varchar NOT NULL UNIQUE,
    secondary_hosts varchar[] NOT NULL DEFAULT '{}', reference_prefix varchar NOT NULL,
    default_locale varchar NOT NULL, available_locales varchar[] NOT NULL DEFAULT '{}',
    time_zone varchar NOT NULL DEFAULT 'UTC', description jsonb, logo varchar,
    users_registration_mode integer NOT NULL DEFAULT 0,
    force_users_to_authenticate_before_access_organization boolean NOT NULL DEFAULT false,
    available_authorizations varchar[] NOT NULL DEFAULT '{}',
    smtp_settings jsonb, omniauth_settings jsonb, file_upload_settings jsonb,
    content_security_policy jsonb NOT NULL DEFAULT '{}', colors jsonb NOT NULL DEFAULT '{}',
    admin_terms_of_service_body jsonb, tos_version timestamp,
    enable_omnipresent_banner boolean NOT NULL DEFAULT false, omnipresent_banner_title jsonb,
    omnipresent_banner_url varchar, omnipresent_banner_short_description jsonb,
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
CREATE TABLE decidim_users (
    id bigserial PRIMARY KEY, decidim_organization_id bigint REFERENCES decidim_organizations (id),
    type varchar NOT NULL DEFAULT 'Decidim::User', email varchar NOT NULL DEFAULT '',
    encrypted_password varchar NOT NULL DEFAULT '', name varchar NOT NULL,
    nickname varchar NOT NULL DEFAULT '', locale varchar, admin boolean NOT NULL DEFAULT false,
    managed boolean NOT NULL DEFAULT false, roles varchar[] NOT NULL DEFAULT '{}',
    extended_data jsonb NOT NULL DEFAULT '{}', notification_types varchar DEFAULT 'all',
    notifications_sending_frequency varchar DEFAULT 'daily', newsletter_notifications_at timestamp,
    sign_in_count integer NOT NULL DEFAULT 0, current_sign_in_at timestamp,
    last_sign_in_at timestamp, current_sign_in_ip inet, last_sign_in_ip inet,
    confirmed_at timestamp, confirmation_sent_at timestamp, invitation_token varchar UNIQUE,
    invitation_created_at timestamp, invitation_sent_at timestamp,
    invitation_accepted_at timestamp, accepted_tos_version timestamp, deleted_at timestamp,
    blocked boolean NOT NULL DEFAULT false, created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now());
CREATE UNIQUE INDEX index_decidim_users_on_email ON decidim_users
    (email, decidim_organization_id) WHERE deleted_at IS NULL AND type = 'Decidim::User';
CREATE TABLE decidim_static_pages (
    id bigserial PRIMARY KEY, slug varchar NOT NULL, title jsonb NOT NULL, content jsonb NOT NULL,
    decidim_organization_id bigint NOT NULL REFERENCES decidim_organizations (id),
    show_in_footer boolean NOT NULL DEFAULT false,
    allow_public_access boolean NOT NULL DEFAULT false,
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now(),
    UNIQUE (decidim_organization_id, slug));
CREATE TABLE decidim_authorizations (
    id bigserial PRIMARY KEY, name varchar NOT NULL, metadata jsonb, verification_metadata jsonb,
    verification_attachment varchar, unique_id varchar, granted_at timestamp,
    decidim_user_id bigint NOT NULL REFERENCES decidim_users (id),
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now(),
    UNIQUE (decidim_user_id, name));
"""

_COMMENTS = """
CREATE TABLE decidim_comments_comments (
    id bigserial PRIMARY KEY, decidim_commentable_type varchar NOT NULL,
    decidim_commentable_id bigint NOT NULL, decidim_author_type varchar NOT NULL,
    decidim_author_id bigint NOT NULL, body jsonb NOT NULL DEFAULT '{}', deleted_at timestamp,
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
"""

_PRIVACY = """
CREATE TABLE versions (
    id bigserial PRIMARY KEY, item_type varchar NOT NULL, item_id bigint NOT NULL,
    event varchar NOT NULL, whodunnit varchar, object_changes text,
    created_at timestamp DEFAULT now());
CREATE TABLE active_hashcash_stamps (
    id bigserial PRIMARY KEY, version varchar NOT NULL, resource varchar NOT NULL,
    ip_address varchar, created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now());
CREATE TABLE decidim_private_exports (
    id bigserial PRIMARY KEY, uuid uuid NOT NULL, export_type varchar NOT NULL,
    attached_to_type varchar, attached_to_id bigint, expires_at timestamp,
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
CREATE TABLE decidim_metrics (
    id bigserial PRIMARY KEY, day date NOT NULL, metric_type varchar NOT NULL,
    cumulative integer NOT NULL, quantity integer NOT NULL,
    decidim_organization_id bigint NOT NULL, UNIQUE (day, metric_type, decidim_organization_id));
"""

_MEETINGS = """
CREATE TABLE decidim_meetings_meetings (
    id bigserial PRIMARY KEY, title jsonb, start_time timestamp, end_time timestamp,
    registrations_enabled boolean NOT NULL DEFAULT true,
    decidim_organization_id bigint NOT NULL REFERENCES decidim_organizations (id),
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
CREATE TABLE decidim_meetings_registrations (
    id bigserial PRIMARY KEY, decidim_user_id bigint NOT NULL, decidim_meeting_id bigint NOT NULL,
    code varchar, created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now(), UNIQUE (decidim_user_id, decidim_meeting_id));
CREATE TABLE decidim_guest_meeting_registration_settings (
    id bigserial PRIMARY KEY, enable_guest_registration boolean NOT NULL DEFAULT false,
    enable_registration_confirmation boolean NOT NULL DEFAULT false,
    enable_cancellation boolean NOT NULL DEFAULT false,
    disable_account_confirmation boolean NOT NULL DEFAULT false,
    decidim_organization_id bigint NOT NULL UNIQUE REFERENCES decidim_organizations (id),
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
CREATE TABLE decidim_guest_meeting_registration_registration_requests (
    id bigserial PRIMARY KEY, email varchar NOT NULL, name varchar NOT NULL,
    form_data jsonb NOT NULL DEFAULT '{}', decidim_meetings_meetings_id bigint NOT NULL,
    decidim_organization_id bigint NOT NULL, decidim_user_id bigint, confirmation_token varchar,
    confirmed_at timestamp, session_token varchar,
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now());
"""

_INACTIVITY = """
ALTER TABLE decidim_users ADD COLUMN marked_for_deletion_at timestamp;
ALTER TABLE decidim_users ADD COLUMN inactivity_warnings integer NOT NULL DEFAULT 0;
"""

_PROGRAMS = """
ALTER TABLE decidim_users ADD COLUMN api_key varchar;
CREATE UNIQUE INDEX index_decidim_users_on_api_key ON decidim_users
    (api_key, decidim_organization_id) WHERE type = 'Decidim::Api::ApiUser';
"""

MIGRATIONS = (
    Migration("20180511093245", "CreateActiveStorageTables", _STORAGE),
    Migration("20200210135152", "CreateOrganisationsAndUsers", _ORGANISATIONS),
    Migration("20210308091010", "CreateComments", _COMMENTS),
    Migration("20230404130001", "CreateVersionsAndExports", _PRIVACY),
    Migration("20250905101500", "CreateMeetingsAndGuestRegistrations", _MEETINGS),
    Migration("20251008142300", "AddInactivityToUsers", _INACTIVITY),
    Migration("20260115091500", "CreateApiUsers", _PROGRAMS),
)
DATA_MIGRATIONS = ("20251020090000",)


def migrations_of(release: Release) -> tuple[Migration, ...]:
    """The migrations in the image of a release, oldest first."""
    return tuple(each for each in MIGRATIONS if each.version <= release.schema_version)
