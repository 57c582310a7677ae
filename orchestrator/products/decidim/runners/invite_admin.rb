# frozen_string_literal: true

# The invitation of an administrator of the site; the worker sends it.
# In: {"host", "name", "email"}. Out: {"changed", "state": "invited" or "accepted"}.
# Asked again it sends again, but not within ten minutes: making the organisation invites as well.

require_relative "answer"

PATIENCE = 10.minutes
INSTRUCTIONS = "organization_admin_invitation_instructions"

def invite(organization, asked)
  form = Decidim::InviteUserForm.from_params(
    name: asked.fetch("name"), email: asked.fetch("email"), role: "admin",
    invitation_instructions: INSTRUCTIONS
  ).with_context(current_user: nil, current_organization: organization)
  done = false
  Decidim::InviteUser.call(form) { on(:ok) { done = true } }
  raise Answer::Refused, form.errors.full_messages.join("; ") unless done
end

Answer.with do |asked|
  organization = Answer.organization(asked.fetch("host"))
  I18n.with_locale(organization.default_locale) do
    user = Decidim::User.find_by(organization: organization, email: asked.fetch("email").downcase)
    if user.nil?
      invite(organization, asked)
      next { changed: true, state: "invited" }
    end

    promoted = !user.admin?
    user.update!(admin: true) if promoted
    next { changed: promoted, state: "accepted" } unless user.invited_to_sign_up?

    fresh = user.invitation_sent_at && user.invitation_sent_at > PATIENCE.ago
    user.invite!(nil, invitation_instructions: INSTRUCTIONS) unless fresh
    { changed: promoted || !fresh, state: "invited" }
  end
end
