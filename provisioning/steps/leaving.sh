# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts of setup.sh share their variables
# A kiosk leaves its venue: factory reset, replacement, removal. Nothing that has no receipt is lost unless it is said so.

# The events that have no receipt yet; `unknown` where the outbox cannot be read.
waiting_events() {
  local told
  if [[ ! -e $state/state.db ]]; then
    printf '0'
    return
  fi
  told=$(as_kiosk outbox --json 2>/dev/null) || {
    printf 'unknown'
    return
  }
  "$current/bin/python" -c 'import json, sys
told = json.loads(sys.argv[1])
print(told["waiting"] + told.get("parked", 0), end="")' "$told" 2>/dev/null || printf 'unknown'
}

as_kiosk() {
  setpriv --reuid kiosk --regid kiosk --init-groups "$current/bin/kiosk" "$@"
}

refuse_while_something_waits() {
  local waiting
  waiting=$(waiting_events)
  if [[ $waiting = 0 ]]; then return; fi
  if [[ $force = yes ]]; then
    say "$waiting events without a receipt are given up (--force)."
    return
  fi
  if [[ $waiting = unknown ]]; then
    fail 1 "the outbox cannot be read, so nobody knows what waits: --force gives it up"
  fi
  fail 1 "$waiting events wait for a receipt: let the kiosk send them, carry them (kiosk outbox export), or give them up with --force"
}

factory_reset() {
  check_device
  [[ -L $current ]] || fail 3 "no kiosk is installed here"
  refuse_while_something_waits
  if [[ $dry = yes ]]; then
    say "  would destroy the keys and everything in $state, and $configuration"
    return
  fi
  open_device_log
  stop_units
  state_destroyed
  rm -f "$configuration" "$pinned_key"
  configuration_laid
  systemd-tmpfiles --create /etc/tmpfiles.d/kiosk.conf
  if [[ -d /run/systemd/system ]]; then
    journalctl -q --rotate --vacuum-time=1s 2>/dev/null || true
    systemctl start kiosk.target
  fi
  say "Reset: key, outbox and settings are gone. At the collector: collector broker revoke"
}

# The device that leaves: what it still holds goes into a file to carry, sealed as it would have been sent.
replace() {
  check_device
  [[ -L $current ]] || fail 3 "no kiosk is installed here"
  if [[ $(waiting_events) != 0 ]]; then
    [[ -n $carried_to ]] || fail 2 "events wait for a receipt: name a folder on a stick, replace --export FOLDER"
    if [[ $dry = yes ]]; then
      say "  would export what waits to $carried_to"
    else
      "$current/bin/kiosk" outbox export --to "$carried_to" || fail 1 "exporting failed: nothing was changed"
      sync -f "$carried_to"
      force=yes
    fi
  fi
  factory_reset
  say "The new device: sudo ./provisioning/setup.sh install, then the code of the same kiosk from the registry."
}

uninstall() {
  check_device
  refuse_while_something_waits
  if [[ $dry = yes ]]; then
    say "  would take away what $notes/laid names, $releases, $state"
    return
  fi
  stop_units
  state_destroyed
  rm -rf -- "$releases" "$current" "${current%/*}"/{current.new,trial,trial.new,refused,refused.new,incoming,update.lock} \
    "$configuration" "$configuration.new" "$pinned_key" /run/kiosk /run/lock/kiosk-setup.lock /var/log/kiosk-setup.log \
    /var/lib/systemd/timers/stamp-kiosk-update.timer
  rm -rf -- "${state:?}"
  take_away
  if [[ -d /run/systemd/system ]]; then
    systemctl daemon-reexec
    systemctl reset-failed 'kiosk*' 2>/dev/null || true
    systemctl try-restart systemd-journald || true
  fi
  say "Uninstalled. Debian packages stay."
}

stop_units() {
  [[ -d /run/systemd/system ]] || return 0
  systemctl stop kiosk.target kiosk-firstboot.service kiosk.service kiosk-eye.service kiosk-uplink.service kiosk-display.service \
    kiosk-health.timer kiosk-health.service kiosk-new-card.service kiosk-update.timer kiosk-fetch.service \
    kiosk-update.service 2>/dev/null || true
}

# Keys are overwritten before they go. On a flash card that is no promise: the certificate has to be revoked as well.
state_destroyed() {
  local file
  [[ -d $state ]] || return 0
  while IFS= read -r -d '' file; do
    shred -u -- "$file"
  done < <(find "$state" -type f \( -name '*.key' -o -name '*.key.new' -o -name '*.delegation' \) -print0)
  sync -f "$state"
  find "$state" -mindepth 1 -delete
  sync -f "$state"
  rm -rf /run/kiosk/*
  # a card is told what is free; a large disk that holds other things too is left alone
  if mountpoint -q "$state"; then fstrim "$state" 2>/dev/null || true; fi
}
