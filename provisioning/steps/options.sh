# shellcheck shell=bash
# The command line: what is wrong with it is said before anything is installed. `kiosk simulate` reads the same
# options; tests/provisioning/test_command_line.py fails when the two differ.

flags_of_try=(--headless --check)
values_of_try=(--visitors --door --dir --seed --fps --screen-port --bench-port --collector-port --broker-port
  --fleet --hours --speed --store --postgresql)
# what `kiosk simulate` listens on; headless, and for a fleet, it chooses free ports itself
declare -A port_of=([screen]=8080 [bench]=8081 [collector]=8090 [broker]=8883)

# options_of_try ARGUMENT...
options_of_try() {
  local option value headless=no
  local -A named=()
  while (($# > 0)); do
    option=${1%%=*}
    if is_one_of "$1" "${flags_of_try[@]}"; then
      if [[ $1 = --headless ]]; then headless=yes; fi
      shift
      continue
    fi
    is_one_of "$option" "${values_of_try[@]}" || fail 2 "try: unknown argument '$1'; see --help"
    if [[ $1 = *=* ]]; then
      value=${1#*=}
      shift
    else
      (($# > 1)) || fail 2 "try: $option needs a value"
      value=$2
      shift 2
    fi
    check_value "$option" "$value"
    if [[ $option = --fleet ]]; then headless=yes; fi
    if [[ $option = *-port ]]; then
      option=${option#--}
      named[${option%-port}]=$value
    fi
  done
  if [[ $headless = yes ]]; then port_of=(); fi
  for option in "${!named[@]}"; do
    port_of[$option]=${named[$option]}
  done
}

# A line for each port that has to be free: NAME PORT
ports_to_be_free() {
  local name
  for name in "${!port_of[@]}"; do
    printf '%s %s\n' "$name" "${port_of[$name]}"
  done
}

check_value() {
  case $1 in
    --visitors)
      [[ $2 =~ ^[1-9][0-9]{0,6}$ ]] || fail 2 "try: --visitors must be a whole number from 1, not '$2'"
      ;;
    --*-port)
      { [[ $2 =~ ^[0-9]{1,5}$ ]] && ((10#$2 < 65536)); } || fail 2 "try: $1 must be a port number, not '$2'"
      ;;
    --door)
      is_one_of "$2" in out both || fail 2 "try: --door must be in, out or both, not '$2'"
      ;;
  esac
}

options_of_test() {
  (($# == 0)) || [[ $1 = -- ]] || fail 2 "test: unknown argument '$1'; arguments for pytest come after --"
}

is_one_of() {
  local wanted=$1 one
  shift
  for one in "$@"; do
    if [[ $one = "$wanted" ]]; then return 0; fi
  done
  return 1
}
