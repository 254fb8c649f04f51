# shellcheck shell=bash
# What the terminal shows, and quiet work: a step is one line with its time, its output goes to the log.

log=.try/setup.log
changes=0  # made by this run
quiet=no   # yes: no dots of progress
worker=    # process group of the quiet work under way
log_mark=0 # where in the log the last quiet work began

say() {
  printf '%s\n' "$*"
}

say_changes() {
  say "Setup: $changes changes."
}

# changed N
changed() {
  changes=$((changes + $1))
}

# fail STATUS LINE
fail() {
  printf 'setup.sh: %s\n' "$2" >&2
  exit "$1"
}

# Two setups in one checkout would tread on each other: the second waits.
open_log() {
  if ! { mkdir -p .try && : >>"$log"; } 2>/dev/null; then
    fail 3 "cannot write to $log: run as the owner of this checkout, or change its owner"
  fi
  exec 9>.try/setup.lock
  if ! flock -n 9; then
    say "Another setup is at work in this checkout; waiting for it."
    flock 9
  fi
  : >"$log"
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM HUP
}

close_log() {
  exec 9>&-
  trap - INT TERM HUP
}

# quietly TITLE COMMAND...: a dot every two seconds while it works, then its time; the command's own status
quietly() {
  local title=$1 began=$SECONDS ticks=0 status=0
  shift
  printf '%s ' "$title"
  printf '\n== %s\n' "$title" >>"$log"
  log_mark=$(wc -c <"$log")
  # job control gives the work a process group of its own, so that all of it can be ended; in English, for give_up
  set -m
  (export LC_ALL=C.UTF-8 && "$@") >>"$log" 2>&1 </dev/null 9>&- &
  worker=$!
  set +m
  while [[ -d /proc/$worker ]]; do
    sleep 0.2
    if ((++ticks % 10 == 0)) && [[ $quiet = no ]]; then printf '.'; fi
  done
  wait "$worker" || status=$?
  worker=
  printf ' %d s\n' "$((SECONDS - began))"
  return "$status"
}

# The work under way ends in good order before this script does: it may hold the package database.
interrupted() {
  local status=$1
  trap '' INT TERM HUP
  if [[ -n $worker ]]; then
    say " interrupted, putting things in order"
    kill -TERM -- "-$worker" 2>/dev/null || sudo -n kill -TERM -- "-$worker" 2>/dev/null || true
    wait "$worker" || true
  fi
  exit "$status"
}

# give_up WHAT: the end of the log, then one line: what failed, why, and what to do
give_up() {
  local text
  text=$(tail -c "+$((log_mark + 1))" "$log")
  tail -n 12 <<<"$text" | sed 's/^/    /' >&2
  case $text in
    *"No space left on device"*)
      fail 3 "$1 failed: the disk is full"
      ;;
    *"ermission denied"*)
      fail 3 "$1 failed: something here belongs to somebody else; run as the owner of this checkout"
      ;;
    *"not valid yet"* | *"not yet valid"* | *"Release file for "*" is expired"* | *"certificate has expired"*)
      fail 3 "$1 failed: is the clock right? It says $(date '+%F %T %Z')"
      ;;
    *"CERTIFICATE_VERIFY_FAILED"* | *"certificate verify failed"* | *"certificate verification failed"*)
      fail 4 "$1 failed: a certificate is not trusted here; add your network's own authority (update-ca-certificates)"
      ;;
    *"DO NOT MATCH THE HASHES"*)
      fail 1 "$1 failed: a package is not the one in the lock file (a mirror may be damaged); nothing of it was installed"
      ;;
    *"emporary failure "* | *"Could not resolve"* | *"Could not connect"* | *"Network is unreachable"* | \
      *"Failed to establish a new connection"* | *"NewConnectionError"* | *"Connection timed out"* | \
      *"Read timed out"* | *"Connection failed"* | *"Could not fetch URL"*)
      fail 4 "$1 failed: no network, or the package mirror cannot be reached"
      ;;
    *)
      fail 1 "$1 failed: the lines above say why; the whole log is $log"
      ;;
  esac
}
