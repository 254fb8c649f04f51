# shellcheck shell=bash
# Python: an interpreter, and .venv with exactly what the lock file names. Debian's own Python stays as it is.
#
# Two stamps in .venv say what it was made from: one for the packages, one for this checkout's own commands. A mark
# stands in it while pip works: after a power cut nobody knows what is half written, so it is then made anew.

venv=.venv
python=            # an interpreter to make .venv with; empty: none yet
environment_kind=  # runtime or dev
environment_state= # ready, link (only our own commands are out of date) or install

find_python() {
  local candidate too_old=
  python=
  while read -r candidate; do
    if is_new_enough "$candidate"; then
      if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
        python=$candidate
        return
      fi
    else
      too_old=$candidate
    fi
  done < <(type -aP python3)
  # Debian's own is already installed and is the old one: installing more will not help
  if [[ -n $too_old ]] && is_installed python3 && ! debian_python_is_new_enough; then
    fail 3 "Python too old: $too_old is $("$too_old" -V 2>&1 | sed 's/.* //'), 3.11 is needed (Debian 12 or newer has it)"
  fi
}

have_python() {
  [[ -n $python ]]
}

is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

debian_python_is_new_enough() {
  dpkg --compare-versions "$(dpkg-query -W -f '${Version}' python3)" ge 3.11
}

# look_at_environment KIND: an environment made for the tests serves `try` as well, and stays one
look_at_environment() {
  environment_kind=$1
  environment_state=ready
  if grep -qs '^kind=dev$' "$venv/.setup-packages"; then environment_kind=dev; fi
  if [[ -e $venv/.setup-at-work ]] || ! is_new_enough "$venv/bin/python" ||
    [[ $(packages_stamp) != "$(cat "$venv/.setup-packages" 2>/dev/null)" ]]; then
    environment_state=install
  elif [[ $(commands_stamp) != "$(cat "$venv/.setup-commands" 2>/dev/null)" || ! -x $venv/bin/kiosk ]]; then
    environment_state="link"
  fi
}

something_for_pip() {
  [[ $environment_state = install ]]
}

packages_stamp() {
  printf 'checkout=%s\n' "$PWD"
  printf 'kind=%s\n' "$environment_kind"
  printf 'lock=%s\n' "$(sha256sum <"$(lock_file)")"
  printf 'python=%s\n' "$("$venv/bin/python" -c 'import sys; print(sys.implementation.cache_tag)')"
}

commands_stamp() {
  printf 'project=%s\n' "$(sha256sum <pyproject.toml)"
}

lock_file() {
  printf 'requirements/%s.txt' "$environment_kind"
}

environment_ready() {
  if [[ $environment_state = ready ]]; then return; fi
  if [[ $environment_state = install ]]; then
    quietly "Python packages ($(lock_file))" packages_into_environment || give_up "installing Python packages"
    changed 1
  fi
  quietly "This checkout's commands" link_commands || give_up "installing this checkout's commands"
  changed 1
}

packages_into_environment() {
  if ! is_sound; then
    "$python" -m venv --clear "$venv" || return
  fi
  rm -f "$venv/.setup-packages" "$venv/.setup-commands" && : >"$venv/.setup-at-work" || return
  trust_the_system
  pip install --only-binary=:all: --require-hashes --no-deps -r "$(lock_file)" || return
  packages_stamp >"$venv/.setup-packages.new" && sync_and_name "$venv/.setup-packages" &&
    rm "$venv/.setup-at-work"
}

# Cut off midway, without its interpreter, or moved (its commands then point to where it was): better made anew.
is_sound() {
  [[ ! -e $venv/.setup-at-work ]] && is_new_enough "$venv/bin/python" && pip --version &&
    { [[ ! -e $venv/.setup-packages ]] || grep -qxF "checkout=$PWD" "$venv/.setup-packages"; }
}

link_commands() {
  rm -f "$venv/.setup-commands"
  pip install --no-index --no-deps --no-build-isolation --editable . || return
  commands_stamp >"$venv/.setup-commands.new" && sync_and_name "$venv/.setup-commands"
}

pip() { # of the environment in $venv
  PIP_PROGRESS_BAR=off "$venv/bin/python" -m pip --disable-pip-version-check --no-input --no-color "$@"
}

# The network may have an authority of its own: what the system trusts, pip shall trust (Debian's pip does, others
# bring a list of their own). An explicit setting of the user's comes first.
trust_the_system() {
  local bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  if [[ -z ${PIP_CERT:-} && -r $bundle ]] && ! pip config list | grep -q '\.cert='; then
    export PIP_CERT=$bundle
  fi
}

# A stamp must not reach the disk before what it vouches for.
sync_and_name() {
  sync -f "$venv" && mv "$1.new" "$1"
}
