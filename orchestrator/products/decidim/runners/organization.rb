# frozen_string_literal: true

# The organisation and everything of it that lives in the database only: made by the product's own
# command when missing (default pages, help, content blocks, invitation), then every field is
# brought to what was asked.
# In: see products/decidim/organization.py, and "smtp_password". Out: {"changed", "created", "id"}.

require_relative "answer"

# Makes the organisation as the system pages would.
class Creation
  def initialize(asked)
    @asked = asked
  end

  def call
    outcome = nil
    I18n.with_locale(@asked.fetch("default_locale")) do
      command.call(form) do
        on(:ok) { outcome = :ok }
        on(:invalid) { outcome = :invalid }
        on(:invalid_invitation) { outcome = :invalid_invitation }
      end
    end
    return if outcome == :ok

    raise Answer::Refused, "#{outcome}: #{form.errors.full_messages.join("; ")}"
  end

  private

  # The command was called RegisterOrganization before 0.28.
  def command
    return Decidim::System::CreateOrganization if defined?(Decidim::System::CreateOrganization)

    Decidim::System::RegisterOrganization
  end

  def form
    @form ||= Decidim::System::RegisterOrganizationForm.from_params(attributes).tap do |made|
      made.file_upload_settings = Decidim::System::FileUploadSettingsForm.from_model({})
    end.with_context(current_user: nil)
  end

  def attributes
    admin = @asked.fetch("organization_admin")
    @asked.slice(
      "name", "host", "reference_prefix", "default_locale", "available_locales",
      "users_registration_mode", "force_users_to_authenticate_before_access_organization",
      "available_authorizations"
    ).merge(
      "secondary_hosts" => @asked.fetch("secondary_hosts", []).join("\n"),
      "organization_admin_name" => admin.fetch("name"),
      "organization_admin_email" => admin.fetch("email")
    )
  end
end

# Brings every field of an organisation to what was asked.
class Reconciliation
  FIELDS = %w[
    host secondary_hosts reference_prefix default_locale available_locales time_zone
    users_registration_mode force_users_to_authenticate_before_access_organization
    available_authorizations
  ].freeze
  GUESTS = {
    "enabled" => :enable_guest_registration,
    "email_confirmation" => :enable_registration_confirmation,
    "allow_cancellation" => :enable_cancellation,
    "disable_account_confirmation" => :disable_account_confirmation
  }.freeze
  # Where pictures and uploads come from and go to, as far as a browser is concerned.
  STORAGE_DIRECTIVES = %w[img-src media-src connect-src].freeze

  def initialize(organization, asked)
    @organization = organization
    @asked = asked
  end

  def call
    @organization.assign_attributes(@asked.slice(*FIELDS))
    @organization.name = named
    @organization.smtp_settings = smtp_settings
    @organization.content_security_policy = content_security_policy
    announce(@asked["banner"]) if @asked["banner"]
    changed = @organization.changed?
    @organization.save!
    [guests_changed?, pages_changed?].any? || changed
  end

  private

  def named
    locale = @asked.fetch("default_locale")
    return @asked.fetch("name") unless @organization.name.is_a?(Hash)

    @organization.name.merge(locale => @asked.fetch("name"))
  end

  # An empty relay leaves the environment's in place. The password is always written, encrypted by
  # the product itself: reading settings without one fails.
  def smtp_settings
    asked = @asked.fetch("smtp", {}).compact
    label = asked["from_label"].to_s.delete('"<>')
    from = label.empty? ? asked["from_email"] : "#{label} <#{asked["from_email"]}>"
    (@organization.smtp_settings || {}).merge(asked).merge(
      "from" => from, "encrypted_password" => encrypted(@asked["smtp_password"].to_s)
    )
  end

  # The same password encrypts to other letters each time; what is right is left alone.
  def encrypted(password)
    kept = (@organization.smtp_settings || {})["encrypted_password"]
    return kept if kept.present? && decrypted(kept) == password

    Decidim::AttributeEncryptor.encrypt(password)
  end

  def decrypted(text)
    Decidim::AttributeEncryptor.decrypt(text)
  rescue ActiveSupport::MessageEncryptor::InvalidMessage, ActiveSupport::MessageVerifier::InvalidSignature
    nil
  end

  def content_security_policy
    storage = ENV.fetch("AWS_ENDPOINT", "").chomp("/")
    policy = @organization.content_security_policy || {}
    return policy if storage.empty?

    STORAGE_DIRECTIVES.reduce(policy) do |found, directive|
      words = found[directive].to_s.split
      found.merge(directive => (words | [storage]).join(" "))
    end
  end

  # The line above every page. Without one asked for, the site's people have theirs.
  def announce(banner)
    @organization.assign_attributes(
      "enable_omnipresent_banner" => true, "omnipresent_banner_url" => banner.fetch("url"),
      "omnipresent_banner_title" => banner.fetch("title"),
      "omnipresent_banner_short_description" => banner.fetch("text")
    )
  end

  # Pages that the law asks for; the words of languages that are not asked for stay.
  def pages_changed?
    @asked.fetch("pages", []).map { |asked| page_changed?(asked) }.any?
  end

  def page_changed?(asked)
    page = Decidim::StaticPage.find_or_initialize_by(organization: @organization, slug: asked.fetch("slug"))
    %w[title content].each { |field| page[field] = (page[field] || {}).merge(asked.fetch(field)) }
    # In the footer of every page, and for whoever has not signed in.
    %w[show_in_footer allow_public_access].each { |flag| page[flag] = true if page.has_attribute?(flag) }
    page.changed?.tap { page.save! }
  end

  # Only images with the module have the settings; asking for them without it is a fault.
  def guests_changed?
    asked = @asked.fetch("guest_meeting_registration", {})
    unless defined?(Decidim::GuestMeetingRegistration::Setting)
      raise Answer::Refused, "the image has no guest meeting registration" if asked["enabled"]

      return false
    end
    settings = Decidim::GuestMeetingRegistration::Setting
    setting = settings.find_or_initialize_by(organization: @organization)
    GUESTS.each do |key, column|
      setting[column] = asked[key] if asked.key?(key) && setting.has_attribute?(column)
    end
    setting.changed?.tap { setting.save! }
  end
end

Answer.with do |asked|
  # An instance has one organisation; when its host changed, it is still the one.
  find = lambda do
    Decidim::Organization.find_by(host: asked.fetch("host")) ||
      (Decidim::Organization.first if Decidim::Organization.count == 1)
  end
  created = find.call.nil?
  if created && Decidim::Organization.exists?
    raise Answer::Refused, "several organisations, none for #{asked["host"]}"
  end

  Creation.new(asked).call if created
  organization = find.call
  changed = Reconciliation.new(organization, asked).call
  { changed: changed || created, created: created, id: organization.id }
end
