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
#
#   ./provisioning/setup.sh test [-- PYTEST_ARGUMENT...]
#       Install what is missing, then run what CI runs: ruff, mypy, lint-imports, shellcheck, pytest.
#       With arguments after `--`: pytest alone, with those; `-- -m long` runs the long tests, and installs
#       what only they need (qemu-system-x86 and cpio).
#
#   ./provisioning/setup.sh --help
#       Print this text.
#
# It changes: Debian packages that are missing, and .venv and .try in this checkout. No packaged service
# is left started or enabled that was not before. A second run changes nothing and needs no network.
# The log of an installation is .try/setup.log.
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

help() {
  sed -n '2,/^# shellcheck/{/shellcheck/!s/^# \{0,1\}//p}' provisioning/setup.sh
}

# install KIND [PACKAGES]: everything that KIND (runtime or dev) needs, looking first and changing only what is
# missing; Debian packages of another kind where one is named
install() {
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
      install runtime
      exec .venv/bin/kiosk simulate "$@"
      ;;
    test)
      options_of_test "${@:2}"
      if is_one_of long "${@:3}"; then install dev long; else install dev; fi
      run_checks "${@:3}"
      ;;
    "")
      fail 2 "say what to do: try, test or --help"
      ;;
    *)
      fail 2 "unknown command '$command': it is try, test or --help"
      ;;
  esac
}

main "$@"
