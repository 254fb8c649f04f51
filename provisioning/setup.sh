#!/usr/bin/env bash
# Sets this checkout up on a bare Debian 12 or 13 and runs it. As root, or as a user with sudo.
#
#   ./provisioning/setup.sh try [--headless] [--visitors N] [OPTION...]
#       Install what is missing, then run the whole system on this machine: real software, simulated
#       hardware. It prints the addresses to open; Ctrl-C ends every process it started.
#         --headless       run made-up visitors, print a summary and end; exit 0 only when every visit
#                          is in the collector's ledger exactly once
#         --visitors N     how many of them (default 50)
#         --check          also fail when the light comes later than its bound
#         --door in|out|both, --seed N, --fps N, --dir FOLDER (keep everything in it)
#         --screen-port N, --bench-port N, --collector-port N, --broker-port N
#         --fleet N        a day of a whole province instead, N kiosks; wants Debian's faketime. With it go
#                          --hours N, --speed N, --store sqlite|postgres, --postgresql DSN
#
#   ./provisioning/setup.sh test [-- PYTEST_ARGUMENT...]
#       Install what is missing, then run what CI runs: ruff, mypy, lint-imports, shellcheck, pytest.
#       With arguments after `--`: pytest alone, with those; `-- -m long` runs the long tests, and installs
#       what only they need (qemu-system-x86 and cpio).
#
#   ./provisioning/setup.sh test --device [--suite bookworm|trixie] [--trees FOLDER] [--quick] [--keep]
#       As root: bare trees of both suites, booted with systemd, installed, broken and put right again.
#
#   sudo ./provisioning/setup.sh install [--unattended] [--dry-run] [--config FILE] [--identity FOLDER]
#       Make this machine a kiosk: packages, users, program, units. Again, and nothing changes. Killed, run it again.
#         --config FILE      becomes /etc/kiosk/kiosk.toml; without it what is there stays
#         --identity FOLDER  join by a file: kiosk.pem, kiosk.key, ca.pem, authority.pub
#         --unattended       no dots of progress, for cloud-init's log; nothing is asked either way
#         --dry-run          say what would change, and change nothing
#
#   sudo ./provisioning/setup.sh factory-reset [--force] [--dry-run]
#       Destroy key, outbox and settings. Refuses while events wait for a receipt, and says how many.
#
#   sudo ./provisioning/setup.sh replace [--export FOLDER] [--dry-run]
#       On the device that leaves: carry what waits into a file, sealed, then reset it.
#
#   sudo ./provisioning/setup.sh uninstall [--force] [--dry-run]
#       Take away all that install laid down; Debian packages stay.
#
#   ./provisioning/setup.sh --help
#       Print this text.
#
# try and test change: Debian packages that are missing, and .venv and .try in this checkout. No packaged service
# is left started or enabled that was not before. A second run changes nothing and needs no network.
# The log of an installation is .try/setup.log, that of install /var/log/kiosk-setup.log; neither holds a secret.
#
# Exit status: 0 done; 1 a test or a visit failed, or an installation broke; 2 called wrongly; 3 this
# machine cannot (32-bit, no apt, no root, no space, Python too old, a port in use); 4 no network;
# 130, 143 interrupted.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
umask 022

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
# a user's PATH on Debian lacks the folder that mosquitto is installed in
PATH=$PATH:/usr/sbin:/sbin

# shellcheck source=steps/say.sh
. provisioning/steps/say.sh
# shellcheck source=steps/options.sh
. provisioning/steps/options.sh
# shellcheck source=steps/machine.sh
. provisioning/steps/machine.sh
# shellcheck source=steps/packages.sh
. provisioning/steps/packages.sh
# shellcheck source=steps/environment.sh
. provisioning/steps/environment.sh
# shellcheck source=steps/checks.sh
. provisioning/steps/checks.sh
# shellcheck source=steps/device-options.sh
. provisioning/steps/device-options.sh
# shellcheck source=steps/laid.sh
. provisioning/steps/laid.sh
# shellcheck source=steps/source.sh
. provisioning/steps/source.sh
# shellcheck source=steps/release.sh
. provisioning/steps/release.sh
# shellcheck source=steps/device.sh
. provisioning/steps/device.sh
# shellcheck source=steps/leaving.sh
. provisioning/steps/leaving.sh

help() {
  sed -n '2,/^# shellcheck/{/shellcheck/!s/^# \{0,1\}//p}' provisioning/setup.sh
}

# install_checkout KIND [PACKAGES]: everything that KIND (runtime or dev) needs, looking first and changing only what is
# missing; Debian packages of another kind where one is named
install_checkout() {
  local kind=$1 packages=${2:-$1}
  check_processor
  check_debian
  open_log
  find_python
  look_for_packages "$packages"
  look_at_environment "$kind"
  check_root
  check_space "$kind"
  check_network
  packages_installed
  environment_ready
  say_changes
  close_log
}

main() {
  local command=${1:-}
  case $command in
    --help | -h | help)
      help
      ;;
    try)
      shift
      options_of_try "$@"
      check_ports < <(ports_to_be_free)
      install_checkout runtime
      exec .venv/bin/kiosk simulate "$@"
      ;;
    install)
      options_of_device "$@"
      device_install
      ;;
    factory-reset)
      options_of_device "$@"
      factory_reset
      ;;
    replace)
      options_of_device "$@"
      replace
      ;;
    uninstall)
      options_of_device "$@"
      uninstall
      ;;
    test)
      if [[ ${2:-} = --device ]]; then exec provisioning/device-test.sh "${@:3}"; fi
      options_of_test "${@:2}"
      if is_one_of long "${@:3}"; then install_checkout dev long; else install_checkout dev; fi
      run_checks "${@:3}"
      ;;
    "")
      fail 2 "say what to do: try, test, install, factory-reset, replace, uninstall or --help"
      ;;
    *)
      fail 2 "unknown command '$command': it is try, test, install, factory-reset, replace, uninstall or --help"
      ;;
  esac
}

main "$@"
