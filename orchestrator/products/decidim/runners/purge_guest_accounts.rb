# frozen_string_literal: true

# Empties the accounts that were made for guests who never signed in and whose last meeting was long
# ago: whatever looks for idle accounts looks at the last sign-in, and they have none.
# In: {"kept_s"}, seconds. Out: {"changed", "deleted"}.

require_relative "guests"

# The module marks an account that it made; it takes the mark away when its owner signs up.
MARK = "decidim_users.extended_data ->> 'attend_meetings' = 'true'"
REASON = "Guest of a meeting, kept long enough"

def never_used
  Decidim::User.where(
    deleted_at: nil, admin: false, managed: false, sign_in_count: 0, current_sign_in_at: nil,
    last_sign_in_at: nil, invitation_created_at: nil
  ).where(MARK)
end

# Who is still expected at a meeting, or was there not long ago.
def awaited(limit)
  forms = Guests.requests.where("#{Guests.age(Guests::REQUESTS)} >= ?", limit)
  places = Guests.registrations.where("#{Guests.age(Guests::REGISTRATIONS)} >= ?", limit)
  [forms, places].flat_map { |rows| rows.where.not(decidim_user_id: nil).pluck(:decidim_user_id) }
end

# The product's own command leaves the history of an account, with the name and the address in it.
def forget(user)
  form = Decidim::DeleteAccountForm.from_params(delete_reason: REASON).with_context(current_user: user)
  done = false
  Decidim::DestroyAccount.call(form) { on(:ok) { done = true } }
  raise Answer::Refused, "account #{user.id} could not be emptied" unless done

  PaperTrail::Version.where(item_type: %w[Decidim::User Decidim::UserBaseEntity], item_id: user.id).delete_all
  user.reload.update_columns(extended_data: {})
end

Answer.with do |asked|
  limit = Guests.limit(asked)
  old = never_used.where("decidim_users.created_at < ?", limit).where.not(id: awaited(limit)).to_a
  Decidim::User.transaction { old.each { |user| forget(user) } }
  { changed: old.any?, deleted: old.size }
end
