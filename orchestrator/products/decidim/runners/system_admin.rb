# frozen_string_literal: true

# The administrator of the system pages: made when missing, given this password when it has another.
# In: {"email", "password"}. Out: {"changed", "id"}.
# The product's own task asks at a terminal and does not fail when it fails.

require_relative "answer"

Answer.with do |asked|
  admin = Decidim::System::Admin.find_or_initialize_by(email: asked.fetch("email").downcase)
  password = asked.fetch("password")
  changed = admin.new_record? || !admin.valid_password?(password)
  if changed
    admin.password = password
    admin.password_confirmation = password
    raise Answer::Refused, admin.errors.full_messages.join("; ") unless admin.save
  end
  { changed: changed, id: admin.id }
end
