# frozen_string_literal: true

# One mail through the worker and the relay, and one job that can be seen to be done: an upload that
# the worker deletes again, so that the worker's way to database and bucket is tried as well.
# In: {"email", "token"}, out: {"queued", "job"}; in: {"job"}, out: {"drained"}.

require_relative "answer"

MAIL_QUEUE = "mailers"
JOB_QUEUE = "default"

def send_mail(address, token)
  ActionMailer::Base.mail(
    from: Decidim.mailer_sender, to: address, subject: "Probe #{token}",
    body: "This mail shows that the worker and the relay do their work.", content_type: "text/plain"
  ).deliver_later(queue: MAIL_QUEUE)
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
    { drained: !ActiveStorage::Blob.exists?(id: asked.fetch("job")) }
  else
    send_mail(asked.fetch("email"), asked.fetch("token"))
    { queued: [MAIL_QUEUE, JOB_QUEUE], job: start_job(asked.fetch("token")) }
  end
end
