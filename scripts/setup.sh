#!/usr/bin/env bash
# Set up a development machine: Debian packages, PJSIP, and a virtual environment outside the checkout.
# Takes a second when nothing has changed. `--where` prints the environment's path and does nothing;
# `--cross` installs what building for a Raspberry Pi needs besides, `--bench` a peer to measure against, `--hil` what
# the emulated machine needs, `--hardware` what draws the kits.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/ranin
python=/usr/bin/python3

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else die "this needs root: install sudo, or run as root"; fi
}

lists=(scripts/packages.txt)
case "${1:-}" in
    --cross | --bench | --hil | --hardware) lists+=("scripts/packages-${1#--}.txt") ;;
esac
packages() { sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "${lists[@]}"; }

missing_packages() {
    local installed
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null | sed -n 's/ installed$//p')
    comm -23 <(packages | sort) <(sort <<<"$installed")
}

# Installed services must not start: the far end runs its own kamailio in its own network.
install_packages() {
    local list policy=/usr/sbin/policy-rc.d
    mapfile -t list < <(missing_packages)
    [ ${#list[@]} = 0 ] && return
    command -v apt-get >/dev/null || die "this is no Debian: install ${list[*]} by hand"
    say "1/3 installing ${#list[@]} Debian packages: ${list[*]}"
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod +x $policy
        trap 'as_root rm -f '$policy EXIT
    fi
    as_root apt-get -qq -o DPkg::Lock::Timeout=600 update || die "apt-get update failed: is there a network?"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 \
        install --no-install-recommends "${list[@]}" >/dev/null || die "packages could not be installed"
    if command -v systemctl >/dev/null; then as_root systemctl disable --quiet kamailio coturn 2>/dev/null || true; fi
}

key() {
    {
        cat scripts/setup.sh scripts/requirements-build.lock scripts/requirements.lock
        find scripts/pjsip -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 cat
        readlink -f $python
        $python -V 2>&1
    } | sha256sum | cut -c1-16
}

make_environment() {
    local target=$1 part=$1.part.$$ pip wheel
    rm -rf "$part"
    say "2/3 Python packages, by the hashes in scripts/requirements.lock"
    $python -m venv "$part"
    pip="$part/bin/python -m pip --disable-pip-version-check --retries 2 -q"
    { $pip install --require-hashes -r scripts/requirements-build.lock &&
        $pip install --require-hashes --no-build-isolation -r scripts/requirements.lock; } ||
        die "the Python packages could not be installed: is there a network?"
    say "3/3 PJSIP (some minutes the first time)"
    wheel=$($python scripts/pjsip/build.py --python "$part/bin/python")
    $pip install --no-deps "$wheel"
    rm -rf "$target"
    mv "$part" "$target"
    find "$cache/venv" -mindepth 1 -maxdepth 1 -mtime +30 ! -path "$target" -exec rm -rf {} +
}

[ -x $python ] && target=$cache/venv/$(key) || target=
if [ "${1:-}" = --where ]; then echo "$target"; exit 0; fi
install_packages
target=$cache/venv/$(key)
if [ ! -e "$target/bin/python" ]; then
    mkdir -p "$cache/venv"
    make_environment "$target"
    say "done"
fi
mkdir -p build
ln -sfn "$target" build/venv
