#!/bin/sh
# The first program of the image: gives the volume to the account that serves, and gives up root.
set -eu

if [ "$(id -u)" = 0 ]; then
  user=${GRIST_DOCKER_USER:-grist}
  group=${GRIST_DOCKER_GROUP:-grist}
  chown -R "$user" /persist
  exec setpriv --reuid "$user" --regid "$group" --init-groups "$0" "$@"
fi
exec /usr/bin/tini -s -- "$@"
