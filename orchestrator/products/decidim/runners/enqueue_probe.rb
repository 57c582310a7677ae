# frozen_string_literal: true

# One mail through the worker and the relay, and one job that can be seen to be done: an upload that
# the worker deletes again, so that the worker's way to database and bucket is tried as well.
# In: {"email", "token"}, out: {"queued", "job", "mail"}.
# In: {"job", "mail"}, out: {"drained", "mail": {"state": "waits" | "refused" | "left", "reason"}}.

require_relative "answer"

MAIL_QUEUE = "mailers"
JOB_QUEUE = "default"

def send_mail(address, token)
  ActionMailer::Base.mail(
    from: Decidim.mailer_sender, to: address, subject: "Probe #{token}",
    body: "This mail shows that the worker and the relay do their work.", content_type: "text/plain"
  ).deliver_later(queue: MAIL_QUEUE).provider_job_id
end

# What became of the mail. A refused one is taken off the list of those to be tried again: it was a
# probe. Of the relay's words only the status is told: the rest may name the person written to.
def fate(number)
  return { state: "left" } unless number && defined?(Sidekiq)

  require "sidekiq/api"
  if (kept = Sidekiq::RetrySet.new.find_job(number))
    kept.delete
    status = kept["error_message"].to_s[/\b[45]\d\d\b(?:[ -]\d\.\d{1,3}\.\d{1,3})?/]
    return { state: "refused", reason: [kept["error_class"], status].compact.join(" ") }
  end
  { state: Sidekiq::Queue.new(MAIL_QUEUE).find_job(number) ? "waits" : "left" }
end

def start_job(token)
  blob = ActiveStorage::Blob.create_and_upload!(
    io: StringIO.new(token), filename: "probe-#{token}.txt", content_type: "text/plain", identify: false
  )
  ActiveStorage::PurgeJob.set(queue: JOB_QUEUE).perform_later(blob)
  blob.id.to_s
end

Answer.with do |asked|
  if asked.key?("job")
    { drained: !ActiveStorage::Blob.exists?(id: asked.fetch("job")), mail: fate(asked["mail"]) }
  else
    mail = send_mail(asked.fetch("email"), asked.fetch("token"))
    { queued: [MAIL_QUEUE, JOB_QUEUE], job: start_job(asked.fetch("token")), mail: mail }
  end
end
