# shellcheck shell=bash
# What this machine must be, before anything is changed: each refusal is one line with its remedy.

# The room that an installation takes with its downloads: measured in bare trees of both suites (November 2026:
# 52 and 1,220 MB of Debian packages, 286 and 582 MB of Python packages), rounded up.
declare -A packages_mb=([runtime]=150 [device]=1300 [dev]=1500)
declare -A environment_mb=([runtime]=400 [device]=400 [dev]=750)
download_mb=300
running_mb=100

check_processor() {
  local machine bits
  machine=$(uname -m)
  bits=$(getconf LONG_BIT)
  [[ $bits = 64 && ($machine = x86_64 || $machine = aarch64) ]] ||
    fail 3 "this system is $machine with $bits-bit programs: a 64-bit system (x86_64 or aarch64) is needed"
}

check_debian() {
  if ! command -v apt-get >/dev/null; then
    fail 3 "no apt-get here: Debian 12 or 13, or Raspberry Pi OS made from them, is needed"
  fi
}

# Root is needed for Debian packages only.
check_root() {
  something_for_apt || return 0
  ((EUID != 0)) || return 0
  command -v sudo >/dev/null ||
    fail 3 "Debian packages are missing and this is neither root nor a user with sudo: run it as root once"
}

# Asks before quiet work begins, which has no terminal to ask on.
become_root() {
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    say "Debian packages are missing: sudo asks for your password once."
    sudo -v || fail 3 "sudo did not let us become root: run it as root once"
  fi
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# A table of routes without a route means that not even a mirror in the next room can be reached.
check_network() {
  something_to_download || return 0
  [[ -r /proc/net/route ]] || return 0
  if ! tail -n +2 /proc/net/route | grep -q . && ! grep -qv ' lo$' /proc/net/ipv6_route 2>/dev/null; then
    fail 4 "no network: connect this machine, something has to be downloaded (once)"
  fi
}

something_to_download() {
  something_for_apt || { something_for_pip && [[ -z ${PIP_NO_INDEX:-} ]]; }
}

# check_space KIND: of what is still missing; folders that share a file system share its room
check_space() {
  local kind=$1 folder needed mount free_kb
  local -A needed_mb=() free_mb=()
  while read -r folder needed; do
    read -r free_kb mount < <(df -k --output=avail,target -- "$folder" | tail -n 1)
    needed_mb[$mount]=$((${needed_mb[$mount]:-0} + needed))
    free_mb[$mount]=$((free_kb / 1024))
  done < <(space_needed "$kind")
  for mount in "${!needed_mb[@]}"; do
    ((free_mb[$mount] >= needed_mb[$mount])) ||
      fail 3 "no space: $mount has ${free_mb[$mount]} MB free and ${needed_mb[$mount]} MB are needed"
  done
}

space_needed() {
  printf '%s %d\n' "${TMPDIR:-/tmp}" "$running_mb"
  if something_for_apt; then printf '%s %d\n' /usr "${packages_mb[$1]}"; fi
  if something_for_pip; then
    printf '%s %d\n' "${TMPDIR:-/tmp}" "$download_mb"
    printf '%s %d\n' . "${environment_mb[$1]}"
  fi
}

# check_ports: reads lines of NAME PORT. A port on which somebody answers is in use; `kiosk simulate` looks again.
check_ports() {
  local name port
  while read -r name port; do
    if ((10#$port > 0)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      fail 3 "port $port ($name) is in use: end what uses it, or choose another with --$name-port"
    fi
  done
}
