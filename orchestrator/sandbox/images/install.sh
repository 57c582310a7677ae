#!/bin/sh
# Installs packages and files of one image into the root file system $1.
# Reads from the environment: PACKAGES, LOCALES, ACCOUNT, IDENTITY, OWNED, LINKS, PRUNE, STAGING,
# SOURCES.
set -eu
root=$1

if [ -n "$ACCOUNT" ]; then
    chroot "$root" groupadd --gid "$IDENTITY" "$ACCOUNT"
    chroot "$root" useradd --uid "$IDENTITY" --gid "$IDENTITY" --no-create-home --home-dir / \
        --shell /usr/sbin/nologin "$ACCOUNT"
fi
cp -a --no-preserve=ownership "$STAGING/." "$root/"
cp "$SOURCES" "$root/etc/apt/sources.list"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$root" apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
chroot "$root" apt-get install -qq --yes --no-install-recommends $PACKAGES
for locale in $LOCALES; do
    # Written by hand: locale-gen looks for its source in a folder of documents we leave out.
    chroot "$root" localedef --inputfile="${locale%%.*}" --charmap="${locale##*.}" "$locale"
done
for folder in $OWNED; do
    mkdir -p "$root$folder"
    chown "$IDENTITY:$IDENTITY" "$root$folder"
done
for pair in $LINKS; do
    ln -sfn "${pair##*=}" "$root${pair%%=*}"
done
packages=/usr/lib/python3/dist-packages
for library in /usr/lib/decidim /usr/lib/grist /usr/lib/rudi /usr/lib/mongodb /usr/lib/keeper $packages/nx_27017 $packages/neosqlite; do
    if [ -d "$root$library" ]; then
        # The root is read-only at run time: compile once, here.
        chroot "$root" python3 -m compileall -q --invalidation-mode unchecked-hash "$library"
    fi
done
cd "$root"
for pattern in $PRUNE; do
    rm -rf -- $pattern
done
