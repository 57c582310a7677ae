# frozen_string_literal: true

# Deletes the forms of guests whose meeting was long ago; nothing in the product does.
# In: {"kept_s"}, seconds. Out: {"changed", "deleted"}.

require_relative "guests"

Answer.with do |asked|
  old = Guests.requests.where("#{Guests.age(Guests::REQUESTS)} < ?", Guests.limit(asked))
  deleted = Decidim::GuestMeetingRegistration::RegistrationRequest.where(id: old.select(:id)).delete_all
  { changed: deleted.positive?, deleted: deleted }
end
