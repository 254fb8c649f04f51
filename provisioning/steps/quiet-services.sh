# shellcheck shell=bash
# Keeps services as they are while packages are installed.
#
# policy-rc.d is Debian's own way to say "start nothing now" (exit status 101); one that was there before is put
# back. Which links enable services is noted before and compared after: what is new is disabled. The note outlives
# a power cut, so that the next run compares with the state before the first.

# DPKG_ROOT, empty as a rule, means here what it means to Debian's own tools: another root folder.
held=${DPKG_ROOT:-}/var/lib/venue-kiosk-setup
policy=${DPKG_ROOT:-}/usr/sbin/policy-rc.d
policy_before=$policy.before-venue-kiosk
policy_mark="venue-kiosk: start no service while packages are installed"

hold_services() {
  mkdir -p "$held"
  if [[ ! -e $held/enabled ]]; then
    enabled_links >"$held/enabled.new"
    mv "$held/enabled.new" "$held/enabled"
  fi
  if ! is_our_policy; then
    if [[ -e $policy || -L $policy ]]; then
      cp -a "$policy" "$policy_before.new"
      mv -T "$policy_before.new" "$policy_before"
    fi
    printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" >"$policy.new"
    chmod 0755 "$policy.new"
    mv -T "$policy.new" "$policy"
  fi
}

release_services() {
  [[ -e $held/enabled ]] || return 0
  disable_new_services
  if is_our_policy; then
    if [[ -e $policy_before || -L $policy_before ]]; then
      mv -T "$policy_before" "$policy"
    else
      rm "$policy"
    fi
  fi
  rm -r "$held"
}

is_our_policy() {
  [[ -f $policy ]] && grep -qF "$policy_mark" "$policy"
}

# Links by which systemd and the old init start something at boot; a link to /dev/null forbids a service.
enabled_links() {
  {
    find "${DPKG_ROOT:-}"/etc/systemd/{system,user} -type l ! -lname /dev/null || true
    find "${DPKG_ROOT:-}"/etc/rc[2-5S].d -name 'S*' || true
  } 2>/dev/null | LC_ALL=C sort
}

disable_new_services() {
  local link links service
  # the old init first: its tool also disables the systemd unit of the same name
  readarray -t links < <(new_links)
  for link in "${links[@]}"; do
    service=${link##*/S[0-9][0-9]}
    if [[ $link = */etc/rc* && -e $link ]]; then update-rc.d "$service" disable || true; fi
  done
  readarray -t links < <(new_links)
  for link in "${links[@]}"; do
    if [[ $link = */etc/systemd/* ]]; then rm -f "$link"; fi
  done
  if [[ -d /run/systemd/system ]]; then systemctl daemon-reload || true; fi
}

new_links() {
  LC_ALL=C comm -13 "$held/enabled" <(enabled_links)
}
