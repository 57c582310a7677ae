# frozen_string_literal: true

# A direct upload as a browser makes one: where to put the file, and where it is fetched back.
# In: {"name", "size", "checksum" (base64 of the MD5), "content_type"}.
# Out: {"put_url", "put_headers", "blob_url", "signed_id"}; blob_url is a path on the site.

require_relative "answer"

Answer.with do |asked|
  blob = ActiveStorage::Blob.create_before_direct_upload!(
    filename: asked.fetch("name"), byte_size: Integer(asked.fetch("size")),
    checksum: asked.fetch("checksum"), content_type: asked.fetch("content_type")
  )
  {
    put_url: blob.service_url_for_direct_upload,
    put_headers: blob.service_headers_for_direct_upload,
    blob_url: Rails.application.routes.url_helpers.rails_service_blob_path(
      blob.signed_id, blob.filename, only_path: true
    ),
    signed_id: blob.signed_id
  }
end
