# frozen_string_literal: true

# Erases people: the product's own way of destroying an account, and then what that way leaves.
# In: {"people": ["17", ...]}, numbers of accounts. Out: {"changed", "erased"}, how many of them had
# not been destroyed yet.
# What they wrote stays, without a name: the product promises that to those who answered them.

require_relative "answer"

REASON = "Erased on request"
ACCOUNT = %w[Decidim::User Decidim::UserBaseEntity].freeze
FORMS = "Decidim::GuestMeetingRegistration::RegistrationRequest"
# The command leaves these; not every release has each.
ADDRESSES = %w[unconfirmed_email current_sign_in_ip last_sign_in_ip].freeze

def destroy(user)
  form = Decidim::DeleteAccountForm.from_params(delete_reason: REASON).with_context(current_user: user)
  done = false
  Decidim::DestroyAccount.call(form) { on(:ok) { done = true } }
  raise Answer::Refused, "account #{user.id} could not be destroyed" unless done
end

# After the command, whose own saving writes the old address into the history once more.
def remove_left(user)
  Decidim::Authorization.where(decidim_user_id: user.id).find_each(&:destroy!)
  Decidim::Identity.where(decidim_user_id: user.id).find_each(&:destroy!)
  user.private_exports.find_each(&:destroy!) if user.respond_to?(:private_exports)
  FORMS.safe_constantize&.where(decidim_user_id: user.id)&.delete_all
  user.avatar.purge if user.avatar.attached?
  PaperTrail::Version.where(item_type: ACCOUNT, item_id: user.id).delete_all
  empty = (ADDRESSES & Decidim::User.column_names).index_with(nil)
  user.update_columns(empty.merge("encrypted_password" => "", "extended_data" => {}))
end

Answer.with do |asked|
  people = asked.fetch("people").map { |number| Integer(number, 10) }
  found = Decidim::User.where(id: people).order(:id).to_a
  missing = people - found.map(&:id)
  raise Answer::Refused, "no account #{missing.join(", ")}" if missing.any?

  there = found.select { |user| user.deleted_at.nil? }
  Decidim::User.transaction do
    there.each { |user| destroy(user) }
    found.each { |user| remove_left(user.reload) }
  end
  { changed: there.any?, erased: there.size }
end
