# frozen_string_literal: true

# What both purges share: what guests left, and from when its delay runs.

require_relative "answer"

module Guests
  REQUESTS = "decidim_guest_meeting_registration_registration_requests"
  REGISTRATIONS = "decidim_meetings_registrations"
  DAY = 86_400

  # The end of the meeting, or the moment of the row where that is later or no end is known.
  def self.age(table)
    "GREATEST(#{table}.created_at, decidim_meetings_meetings.end_time)"
  end

  def self.requests
    unless defined?(Decidim::GuestMeetingRegistration::RegistrationRequest)
      raise Answer::Refused, "the image has no guest meeting registration"
    end

    with_meetings(Decidim::GuestMeetingRegistration::RegistrationRequest, "decidim_meetings_meetings_id")
  end

  def self.registrations
    with_meetings(Decidim::Meetings::Registration, "decidim_meeting_id")
  end

  # The moment before which everything goes. A delay below a day is a mistake.
  def self.limit(asked)
    kept = Integer(asked.fetch("kept_s"))
    raise Answer::Refused, "a delay of #{kept} s is below a day" if kept < DAY

    kept.seconds.ago
  end

  def self.with_meetings(model, column)
    model.unscoped.joins(
      "LEFT JOIN decidim_meetings_meetings ON decidim_meetings_meetings.id = #{model.table_name}.#{column}"
    )
  end
  private_class_method :with_meetings
end
