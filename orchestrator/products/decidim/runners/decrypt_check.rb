# frozen_string_literal: true

# Whether what was encrypted can be read with the key this process has.
# In: {}. Out: {"ok", "checked", "key_fingerprint"}.
# The models hide a wrong key: they hand out what they cannot decrypt as if it were plain text. So
# the columns are read as they are stored.

require "digest"
require_relative "answer"

CANARY = "canary"
# Parts in base64, parted by two hyphens, as the encryptor writes them.
ENCRYPTED = %r{\A[A-Za-z0-9+/=_-]{8,}--[A-Za-z0-9+/=_-]+(--[A-Za-z0-9+/=_-]+)?\z}

def readable?(text)
  Decidim::AttributeEncryptor.decrypt(text)
  true
rescue ActiveSupport::MessageEncryptor::InvalidMessage, ActiveSupport::MessageVerifier::InvalidSignature
  false
end

def stored(table, column)
  connection = ActiveRecord::Base.connection
  return [] unless connection.column_exists?(table, column)

  rows = connection.select_values("SELECT #{column}::text FROM #{table} WHERE #{column} IS NOT NULL")
  rows.flat_map { |row| JSON.parse(row).then { |found| found.is_a?(Hash) ? found.values : [] } }
end

Answer.with do |_asked|
  found = stored("decidim_authorizations", "metadata") +
          stored("decidim_authorizations", "verification_metadata") +
          stored("decidim_organizations", "smtp_settings") +
          stored("decidim_organizations", "omniauth_settings")
  texts = found.select { |value| value.is_a?(String) && value.match?(ENCRYPTED) }
  turned = Decidim::AttributeEncryptor.decrypt(Decidim::AttributeEncryptor.encrypt(CANARY))
  {
    ok: turned == CANARY && texts.all? { |text| readable?(text) },
    checked: texts.size + 1,
    key_fingerprint: Digest::SHA256.hexdigest(Rails.application.secret_key_base)
  }
end
