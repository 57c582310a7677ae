# frozen_string_literal: true

# Removes the accounts of programs whose last day is over; the product knows no end of its own.
# In: {}. Out: {"changed", "ended"}.

require_relative "answer"

ENDED = "(decidim_users.extended_data ->> 'orchestrator_ends')::timestamptz <= ?"

Answer.with do |_asked|
  ended = Decidim::Api::ApiUser.where(ENDED, Time.current).to_a
  Decidim::Api::ApiUser.transaction { ended.each(&:destroy!) }
  { changed: ended.any?, ended: ended.size }
end
