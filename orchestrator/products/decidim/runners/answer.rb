# frozen_string_literal: true

# What every runner script shares: a JSON object comes in on standard input, exactly one line of
# JSON goes out on standard output, and whatever else the product says goes to standard error.

require "json"

module Answer
  # A fault that the caller is told in our own words.
  class Refused < StandardError; end

  # The product logs to standard output; only the answer may appear there.
  OUT = $stdout.dup
  OUT.sync = true
  $stdout.reopen($stderr)

  # Yields what was asked and writes what the block answers. Exits with 1 after any fault.
  def self.with
    asked = JSON.parse($stdin.read.presence || "{}")
    OUT.puts(JSON.generate(yield(asked)))
    exit(0)
  rescue StandardError => e
    # The message of a foreign fault may repeat what was asked, and so a secret; its class does not.
    reason = e.is_a?(Refused) ? e.message : e.class.name
    warn((e.backtrace || []).first(10).join("\n"))
    OUT.puts(JSON.generate(error: e.class.name, reason: reason))
    exit(1)
  end

  # The site of a host, or a fault that names the host.
  def self.organization(host)
    Decidim::Organization.find_by(host: host) || raise(Refused, "no organisation answers for #{host}")
  end
end
