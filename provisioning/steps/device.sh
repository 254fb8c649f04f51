# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts of setup.sh share their variables
# A machine becomes a kiosk, or is one no longer. Every step looks first, so that a run which was killed at any line is
# simply run again, and a second run changes nothing.

configuration=/etc/kiosk/kiosk.toml
state=/var/lib/kiosk
pinned_key=/etc/kiosk/authority.pub # whose releases are taken: kiosk/update/pin.py
units=/etc/systemd/system
# what the camera and the pins need stands only in the archive of Raspberry Pi OS, and is taken where apt knows it
pi_packages=(python3-picamera2 python3-lgpio)
device_users=(kiosk kiosk-eye kiosk-uplink kiosk-display)
device_groups=(kiosk kiosk-line gpio kiosk-eye kiosk-uplink kiosk-display)
units_changed=no

device_install() {
  check_configuration
  check_processor
  check_debian
  check_device
  open_device_log
  find_python
  look_for_packages device
  add_pi_packages
  name_release
  check_space_and_network
  device_packages_ready
  release_ready
  files_laid
  users_made
  folders_made
  configuration_laid
  identity_laid
  units_laid
  memory_only
  units_at_work
  if [[ $dry = yes ]]; then
    say "Setup: $changes changes would be made."
  else
    say_changes
    say "Next: the screen asks for the venue's code. What is well and what is not: sudo kiosk doctor"
  fi
}

# Refusals, before anything is changed.
check_device() {
  local below
  ((EUID == 0)) || fail 3 "this changes users, units and packages: run it with sudo"
  command -v systemctl >/dev/null || fail 3 "no systemd here: a kiosk is looked after by it"
  below=$(findmnt -nro FSTYPE --target / 2>/dev/null || true)
  if [[ $below = overlay ]]; then
    fail 3 "the root is an overlay in RAM: what is installed would be gone; switch it off (raspi-config nonint disable_overlayfs), restart, run this again"
  fi
  if [[ -d $state ]]; then
    below=$(findmnt -nro FSTYPE --target "$state" 2>/dev/null || true)
    if [[ $below = overlay || $below = tmpfs ]]; then
      fail 3 "$state lies in RAM ($below): visits would be lost with the power; give it a partition, or overlayroot=tmpfs:recurse=0"
    fi
  fi
}

check_configuration() {
  [[ -z $given_configuration ]] || [[ -r $given_configuration ]] || fail 2 "--config: $given_configuration cannot be read"
  local name
  [[ -n $identity ]] || return 0
  for name in kiosk.pem kiosk.key ca.pem; do
    [[ -r $identity/$name ]] || fail 2 "--identity: there is no $name in $identity"
  done
}

add_pi_packages() {
  local package
  for package in "${pi_packages[@]}"; do
    if ! is_installed "$package" && [[ $(apt-cache policy "$package" 2>/dev/null) = *"Candidate: "[0-9]* ]]; then
      missing_packages+=("$package")
    fi
  done
}

check_space_and_network() {
  environment_state=ready
  if [[ ! -e $release/complete ]]; then environment_state=install; fi
  if [[ $dry = yes ]]; then return; fi
  check_space device
  check_network
}

device_packages_ready() {
  something_for_apt || return 0
  if [[ $dry = yes ]]; then
    changed "${#missing_packages[@]}"
    say "  would install ${missing_packages[*]%%|*}"
    return
  fi
  packages_installed
}

files_laid() {
  local file
  while read -r file; do
    lay "provisioning/device/$file" "/$file"
  done < <(cd provisioning/device && find . -type f -printf '%P\n' | sort)
  users_noted
  lay systemd/kiosk.sysusers /etc/sysusers.d/kiosk.conf
  lay systemd/kiosk.tmpfiles /etc/tmpfiles.d/kiosk.conf
  lay systemd/kiosk.udev /etc/udev/rules.d/60-kiosk.rules
  lay provisioning/kiosk-update /usr/local/sbin/kiosk-update 0755
  lay_link "$current/bin/kiosk" /usr/local/bin/kiosk
}

# Before the file that names them is laid: cut off after that, the next start makes them (systemd-sysusers.service), and
# nobody could tell any more whose they are.
users_noted() {
  local name
  [[ $dry = no ]] || return 0
  for name in "${device_groups[@]}"; do
    if ! getent group "$name" >/dev/null; then note "g $name"; fi
  done
  for name in "${device_users[@]}"; do
    if ! getent passwd "$name" >/dev/null; then note "u $name"; fi
  done
}

users_made() {
  local name missing=no
  for name in "${device_groups[@]}"; do
    if ! getent group "$name" >/dev/null; then missing=yes; fi
  done
  for name in "${device_users[@]}"; do
    if ! getent passwd "$name" >/dev/null; then missing=yes; fi
  done
  if [[ $missing = no ]] && memberships_hold; then return; fi
  if ! would "make users and groups"; then quietly "Users" systemd-sysusers || give_up "making users"; fi
}

memberships_hold() {
  local kind user group
  while read -r kind user group; do
    [[ $kind = m ]] || continue
    [[ " $(id -nG "$user") " = *" $group "* ]] || return 1
  done <systemd/kiosk.sysusers
}

folders_made() {
  if [[ -d $state/tls && -d /run/kiosk ]]; then return; fi
  if would "make $state and /run/kiosk"; then return; fi
  systemd-tmpfiles --create /etc/tmpfiles.d/kiosk.conf
}

# A file that is given counts; otherwise what is there stays, and a new kiosk has no name until it joins a venue.
configuration_laid() {
  local made
  if [[ -n $given_configuration ]]; then
    if [[ $dry = no ]]; then settings_hold "$given_configuration"; fi
    if ! cmp -s "$given_configuration" "$configuration"; then units_changed=yes; fi
    lay "$given_configuration" "$configuration"
  elif [[ ! -e $configuration ]]; then
    made=$(mktemp)
    printf '# docs/settings.md explains each setting; what the venue gives when this kiosk joins stands over these\n' >"$made"
    lay "$made" "$configuration"
    rm "$made"
  fi
}

settings_hold() {
  local said
  said=$("$current/bin/python" -c 'import pathlib, sys
from kiosk import config, errors
try:
    config.load(pathlib.Path(sys.argv[1]))
except errors.ConfigError as error:
    sys.exit(str(error))' "$1" 2>&1) || fail 2 "--config: $said"
}

# Joining by a file: what `collector authority issue` wrote. The key is read by the uplink alone.
identity_laid() {
  local file
  [[ -n $identity ]] || return 0
  for file in kiosk.pem ca.pem authority.pub; do
    if [[ -e $identity/$file ]]; then lay "$identity/$file" "$state/tls/$file"; fi
  done
  if cmp -s "$identity/kiosk.key" "$state/tls/kiosk.key"; then return; fi
  if would "write $state/tls/kiosk.key"; then return; fi
  units_changed=yes
  install -m 0600 -o kiosk-uplink -g kiosk "$identity/kiosk.key" "$state/tls/kiosk.key.new"
  sync "$state/tls/kiosk.key.new"
  mv "$state/tls/kiosk.key.new" "$state/tls/kiosk.key"
}

units_laid() {
  local unit before=$changes
  for unit in systemd/*.service systemd/*.timer systemd/*.target; do
    lay "$unit" "$units/${unit##*/}"
  done
  if ((changes > before)); then units_changed=yes; fi
  lay_enabled seatd.service
  lay_enabled systemd-timesyncd.service
  lay_enabled kiosk.target
}

# Nothing that was in memory reaches the card: no swap, no core. (Journal and cores: files that were laid above.)
memory_only() {
  local unit
  for unit in swap.target dphys-swapfile.service; do lay_link /dev/null "$units/$unit"; done
  if [[ -d /etc/rpi ]]; then
    lay provisioning/rpi-swap.conf /etc/rpi/swap.conf.d/50-kiosk.conf
  fi
  if (($(wc -l </proc/swaps) > 1)) && ! would "switch swap off"; then
    swapoff -a || say "  swap is still on; it is off after the next start"
  fi
}

# A running systemd is told; in a chroot (an image that is being made) the next start does it.
units_at_work() {
  [[ -d /run/systemd/system && $dry = no ]] || return 0
  if ((changes > 0)); then
    quietly "Telling systemd" tell_systemd || give_up "starting the kiosk"
  elif ! systemctl is-active -q kiosk.target; then
    changed 1
    systemctl start kiosk.target
  fi
}

tell_systemd() {
  systemctl daemon-reexec || return
  systemctl try-restart systemd-journald || true
  sysctl -q -p /etc/sysctl.d/50-kiosk.conf || true # not to be had in every container
  udevadm control --reload || true
  udevadm trigger || true
  systemctl start seatd.service systemd-timesyncd.service || true
  systemctl restart kiosk.target
}

open_device_log() {
  [[ $dry = no ]] || {
    log=/dev/null
    return 0
  }
  log=/var/log/kiosk-setup.log
  exec 9>/run/lock/kiosk-setup.lock
  flock -n 9 || fail 3 "another setup is at work on this machine: wait for it"
  (umask 077 && : >"$log")
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM HUP
}
