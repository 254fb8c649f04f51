# shellcheck shell=bash
# Debian packages: which are missing, and their installation (by install-debian.sh, as root).

missing_packages=()    # names for apt
packages_unfinished=no # yes: an earlier installation was cut off and has to be put in order

# Alternatives are parted by `|`: any of them will do, the last that apt knows is installed.
# the letters of the screen and of the printed slip; Khmer ones are put in order with fribidi
runtime_packages=(ca-certificates fonts-noto-core libfribidi0 mosquitto "libzbar0|libzbar0t64")
# libatomic1 is for the Node.js inside Playwright; espeak-ng and alsa-utils make and play the prompts; faketime is the
# clock of a province that is played
dev_packages=(alsa-utils chromium e2fsprogs espeak-ng faketime git libatomic1 postgresql shellcheck strace)
# the small virtual machine; the display under its compositor; power cuts and networks that fail
long_test_packages=(cpio qemu-system-x86 qemu-system-arm device-tree-compiler grim sway iproute2 nftables xfsprogs)
# a door: its name in the venue's network (mDNS), the panel, its browser, the time; lamps and camera come from the archive
# of Raspberry Pi OS (device.sh)
device_packages=(avahi-daemon ca-certificates fonts-noto-core libfribidi0 "libzbar0|libzbar0t64" chromium chromium-sandbox seatd sway
  systemd-timesyncd udev)
python_packages=(python3 python3-venv)

# look_for_packages KIND: of runtime, device, dev, or long (dev, and what only the long tests need). Sets `missing_packages` and `packages_unfinished`
look_for_packages() {
  local wanted=("${runtime_packages[@]}") package
  if [[ $1 = device ]]; then
    wanted=("${device_packages[@]}")
  elif [[ $1 != runtime ]]; then
    wanted+=("${dev_packages[@]}")
  fi
  if [[ $1 = long ]]; then wanted+=("${long_test_packages[@]}"); fi
  if ! have_python; then wanted+=("${python_packages[@]}"); fi
  missing_packages=()
  for package in "${wanted[@]}"; do
    if ! is_installed "$package"; then missing_packages+=("$package"); fi
  done
  # Chromium's library for settings wants a session bus. Where systemd is not, the small one keeps it away:
  # otherwise a browser would bring in systemd, a login manager and the services that they enable.
  if is_one_of chromium "${missing_packages[@]}" && ! is_installed systemd && ! is_installed dbus-x11; then
    missing_packages+=(dbus-x11)
  fi
  if [[ -e /var/lib/venue-kiosk-setup ]]; then packages_unfinished=yes; fi
}

is_installed() {
  local name names
  IFS='|' read -ra names <<<"$1"
  for name in "${names[@]}"; do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) = installed ]]; then return 0; fi
  done
  return 1
}

something_for_apt() {
  ((${#missing_packages[@]} > 0)) || [[ $packages_unfinished = yes ]]
}

packages_installed() {
  something_for_apt || return 0
  become_root
  local names=("${missing_packages[@]%%|*}")
  quietly "Debian packages (${names[*]:-an interrupted installation})" \
    as_root bash provisioning/steps/install-debian.sh "${missing_packages[@]}" ||
    give_up "installing Debian packages"
  changed "${#missing_packages[@]}"
  find_python
  have_python || fail 3 "no python3 of at least 3.11 with venv here: put one first in PATH, or use Debian 12 or newer"
}
