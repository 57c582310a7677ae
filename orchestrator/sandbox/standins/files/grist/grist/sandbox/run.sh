#!/bin/sh
# The server. It makes sure of its sandbox itself, before anything else.
set -eu
exec /usr/local/bin/cli "$@"
