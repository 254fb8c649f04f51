#!/usr/bin/env bash
# Installs Debian packages, as root, and leaves every service as it was: nothing is started while it works, and
# what the packages enabled is disabled again at the end, also after a failure or a signal. After a power cut the
# next call puts things in order. Called by packages.sh; a terminal sees none of its output.
#
#   install-debian.sh [PACKAGE...]        alternatives in one argument: `libzbar0|libzbar0t64`
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# shellcheck source=quiet-services.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/quiet-services.sh"

apt_options=(-y -q --no-install-recommends
  -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)
stopped=  # set by a signal
download= # process id of a download: it may be cut off at any time

# downloading COMMAND...: ends at once on a signal
downloading() {
  local status=0
  [[ -z $stopped ]] || exit 130
  "$@" &
  download=$!
  wait "$download" || status=$?
  download=
  [[ -z $stopped ]] || exit 130
  return "$status"
}

# to_its_end COMMAND...: out of reach of a terminal's signals, for a package half unpacked helps nobody
to_its_end() {
  local child status=0
  [[ -z $stopped ]] || exit 130
  setsid "$@" &
  child=$!
  wait "$child" || status=$?
  while [[ -n $stopped && -d /proc/$child ]]; do
    status=0
    wait "$child" || status=$?
  done
  [[ -z $stopped ]] || exit 130
  return "$status"
}

# The last of the alternatives that this release of Debian has.
name_here() {
  local name names chosen=
  IFS='|' read -ra names <<<"$1"
  for name in "${names[@]}"; do
    if [[ $(apt-cache policy "$name") = *"Candidate: "[0-9]* ]]; then chosen=$name; fi
  done
  printf '%s' "${chosen:-${names[0]}}"
}

main() {
  local packages=() package
  trap 'stopped=1; if [[ -n $download ]]; then kill "$download" 2>/dev/null || true; fi' INT TERM HUP
  trap release_services EXIT
  hold_services
  to_its_end dpkg --configure -a
  if (($# > 0)); then
    # one broken source among many is no reason to stop: what is then missing is said by the next step
    downloading apt-get update -q -o Acquire::Retries=3 -o Acquire::http::Timeout=30 || true
    for package in "$@"; do packages+=("$(name_here "$package")"); done
    downloading apt-get install "${apt_options[@]}" --fix-broken --download-only "${packages[@]}"
    to_its_end apt-get install "${apt_options[@]}" --fix-broken --no-download "${packages[@]}"
  fi
}

main "$@"
