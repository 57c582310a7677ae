# frozen_string_literal: true

# The account of a program that uses the interface: one of that name with this key, or none.
# In: {"host", "name"} and, to have one, {"key", "secret", "write", "ends"} with `ends` in ISO 8601.
# Out: {"changed"}.
# Accounts that people made on the system pages have no mark of ours, and are left alone.

require_relative "answer"

MARK = "decidim_users.extended_data ->> 'orchestrator_program' = ?"

def make(organization, asked)
  name = "#{asked.fetch("name")} (program)"
  attributes = {
    organization: organization, name: name, api_key: asked.fetch("key"), api_secret: asked.fetch("secret"),
    nickname: Decidim::UserBaseEntity.nicknamize(name, organization: organization),
    admin: asked.fetch("write"), admin_terms_accepted_at: (Time.current if asked.fetch("write")),
    extended_data: { "orchestrator_program" => asked.fetch("name"), "orchestrator_ends" => asked.fetch("ends") }
  }
  attributes[:published_at] = Time.current if Decidim::Api::ApiUser.column_names.include?("published_at")
  account = Decidim::Api::ApiUser.new(attributes)
  raise Answer::Refused, account.errors.full_messages.join("; ") unless account.save
end

Answer.with do |asked|
  organization = Answer.organization(asked.fetch("host"))
  there = Decidim::Api::ApiUser.where(organization: organization).where(MARK, asked.fetch("name")).to_a
  Decidim::Api::ApiUser.transaction do
    there.each(&:destroy!)
    make(organization, asked) if asked.key?("key")
  end
  { changed: there.any? || asked.key?("key") }
end
