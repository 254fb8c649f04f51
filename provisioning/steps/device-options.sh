# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts of setup.sh share their variables
# The command lines of install, uninstall, factory-reset and replace.

given_configuration= # absolute, as the others
identity=
carried_to=
force=no

declare -A flags_of=([install]="--dry-run --unattended" [uninstall]="--dry-run --force"
  [factory-reset]="--dry-run --force" [replace]="--dry-run")
declare -A values_of=([install]="--config --identity" [uninstall]="" [factory-reset]="" [replace]="--export")

# options_of_device COMMAND ARGUMENT...
options_of_device() {
  local command=$1 option value
  shift
  while (($# > 0)); do
    option=${1%%=*}
    if [[ " ${flags_of[$command]} " = *" $1 "* ]]; then
      case $1 in
        --dry-run) dry=yes ;;
        --force) force=yes ;;
        --unattended) quiet=yes ;;
      esac
      shift
      continue
    fi
    [[ " ${values_of[$command]} " = *" $option "* ]] || fail 2 "$command: unknown argument '$1'; see --help"
    if [[ $1 = *=* ]]; then
      value=${1#*=}
      shift
    else
      (($# > 1)) || fail 2 "$command: $option needs a value"
      value=$2
      shift 2
    fi
    value=$(realpath -m -- "$value")
    case $option in
      --config) given_configuration=$value ;;
      --identity) identity=$value ;;
      --export) carried_to=$value ;;
    esac
  done
}
