#!/usr/bin/env bash
# Whole machines are set up, broken and taken away again: `setup.sh test --device`. As root. Bare trees of Debian 12 and
# 13 are booted with systemd, without virtualisation; what cannot be tried here is skipped with its reason.
#
#   device-test.sh [--suite bookworm|trixie] [--trees FOLDER] [--quick] [--keep] [--screenshots FOLDER]
#     --suite SUITE          one of the two (default: both)
#     --trees FOLDER         where bare trees are kept as SUITE.tar, as fresh-machine.sh makes them
#                            (default: /var/tmp/bare-trees)
#     --quick                cut the installation off four times, not twenty
#     --keep                 leave the trees; their paths begin with /var/tmp/device-
#     --screenshots FOLDER   keep a picture of the panel
#
# Needs .venv (setup.sh test makes it), systemd-container, mosquitto. Exit status: of pytest; 2 called wrongly.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

main() {
  while (($# > 0)); do
    case $1 in
      --quick) export DEVICE_KILLS=4 ;;
      --keep) export DEVICE_KEEP=yes ;;
      --suite | --trees | --screenshots)
        (($# > 1)) || {
          printf 'device-test.sh: %s needs a value\n' "$1" >&2
          exit 2
        }
        case $1 in
          --suite) export DEVICE_SUITES=$2 ;;
          --trees) export DEVICE_TREES=$2 ;;
          --screenshots) export DEVICE_SCREENSHOTS=$2 ;;
        esac
        shift
        ;;
      *)
        printf 'device-test.sh: unknown argument %s; the head of this file says how to call it\n' "$1" >&2
        exit 2
        ;;
    esac
    shift
  done
  exec .venv/bin/python -m pytest -m long -p no:xdist tests/device -v -rA
}

main "$@"
