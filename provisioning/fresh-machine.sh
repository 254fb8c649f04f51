#!/usr/bin/env bash
# Proves setup.sh on machines that had nothing on them: empty trees of Debian 12 and 13, entered by chroot with
# mounts and process ids of their own. What is committed in this checkout is cloned into them. Run it as root; it
# needs debootstrap (or ready tars), git, unshare and ip.
#
#   fresh-machine.sh [OPTION...] try [VISITORS]   `setup.sh try --headless --visitors N` (default 50), then again
#                                                 without a network
#   fresh-machine.sh [OPTION...] test             `setup.sh test`, then again without a network
#   fresh-machine.sh [OPTION...] killed [TIMES]   in a new tree each time (default 5): `try` killed twice at random
#                                                 moments, as by a power cut, then run to its end
#     --suite SUITE     bookworm or trixie; may be given twice (default: both)
#     --trees FOLDER    where bare trees are kept as SUITE.tar, made there when absent (default: /var/tmp/bare-trees)
#     --user            as a user with sudo instead of root
#     --keep            leave the last tree of each suite; its path is printed
#
# After each run it looks for what must not be there: services newly enabled, a policy-rc.d, processes still alive.
# Exit status: 0 all is well; 1 something is not; 2 called wrongly.
set -euo pipefail
umask 022

checkout=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
trees=/var/tmp/bare-trees
suites=()
person=root
home=/root
keep=no
tree=      # the machine under test
troubles=0

say() {
  printf '%s\n' "$*"
}

trouble() {
  say "  NOT GOOD  $*"
  troubles=$((troubles + 1))
}

refuse() {
  printf 'fresh-machine.sh: %s; the head of this file says how to call it\n' "$1" >&2
  exit 2
}

# A bare tree as debootstrap leaves it, kept as a tar that is never changed.
bare_tar() {
  local suite=$1
  [[ ! -e $trees/$suite.tar ]] || return 0
  say "$suite: making a bare tree ..."
  mkdir -p "$trees"
  rm -rf "${trees:?}/$suite"
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$trees/$suite" >"$trees/$suite.log"
  tar -C "$trees" -cf "$trees/$suite.tar.new" "$suite"
  mv "$trees/$suite.tar.new" "$trees/$suite.tar"
  rm -rf "${trees:?}/$suite"
}

# new_machine SUITE: an untouched tree, with a clone of this checkout in somebody's home
new_machine() {
  local tool
  rm -rf "$tree"
  mkdir "$tree"
  tar -C "$tree" --strip-components=1 -xf "$trees/$1.tar"
  for tool in python3 curl make sudo ip git; do
    if inside "command -v $tool" >/dev/null; then trouble "the bare tree has $tool"; fi
  done
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  # a network with an authority of its own: its certificates, where this host has them
  cp /usr/local/share/ca-certificates/*.crt "$tree/usr/local/share/ca-certificates/" 2>/dev/null || true
  inside "update-ca-certificates" >/dev/null 2>&1
  if [[ $person != root ]]; then
    inside "apt-get -q update && apt-get -qy install --no-install-recommends sudo &&
      useradd --create-home --shell /bin/bash $person &&
      echo '$person ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$person" >"$tree.log" 2>&1
  fi
  git clone -q "file://$checkout" "$tree$home/venue-kiosk"
  inside "chown -R $person: $home/venue-kiosk"
  enabled >"$tree.enabled"
}

# inside COMMAND: as root in the tree, with the environment of a fresh login
inside() {
  unshare --mount --pid --fork --kill-child --mount-proc="$tree/proc" chroot "$tree" env -i HOME=/root TERM=dumb \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "$1" </dev/null
}

# The same with a loopback and nothing else.
inside_offline() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --net bash -c 'ip link set lo up && inside "$1"' _ "$1"
}

# What systemd and the old init would start at boot.
enabled() {
  (cd "$tree" && { find etc/systemd -type l && find etc/rc?.d -name 'S*'; } | sort)
}

# setup_by_person ARGUMENTS: the command that runs setup.sh and then tells which processes it left
setup_by_person() {
  local command="cd $home/venue-kiosk && ./provisioning/setup.sh $1"
  if [[ $person != root ]]; then command="runuser -u $person -- env HOME=$home bash -c '$command'"; fi
  # shellcheck disable=SC2016 # expanded inside
  printf '%s; status=$?; sleep 0.5; alive=(/proc/[0-9]*)
    if ((${#alive[@]} > 1)); then head -qn1 /proc/[0-9]*/comm; echo "processes left over"; fi; exit $status' "$command"
}

# machine_runs INSIDE TITLE ARGUMENTS
machine_runs() {
  local began=$SECONDS status=0 link
  "$1" "$(setup_by_person "$3")" 2>&1 | tee "$tree.log" | sed 's/^/    /' || status=$?
  say "$2: exit $status after $((SECONDS - began)) s"
  ((status == 0)) || trouble "$2: exit $status"
  if grep -q "^processes left over$" "$tree.log"; then trouble "$2: processes left over"; fi
  if [[ -e $tree/usr/sbin/policy-rc.d ]]; then trouble "$2: policy-rc.d left over"; fi
  while read -r link; do
    trouble "$2: newly enabled: $link"
  done < <(enabled | comm -13 "$tree.enabled" -)
}

# machine_dies TITLE ARGUMENTS: everything in the tree is killed some seconds into one of the three steps
machine_dies() {
  local steps=("Debian packages" "Python packages" "This checkout's commands") step after_s group
  step=${steps[RANDOM % ${#steps[@]}]}
  after_s=$((RANDOM % 8)).$((RANDOM % 10))
  : >"$tree.log"
  set -m
  inside "$(setup_by_person "$2")" >"$tree.log" 2>&1 &
  group=$!
  set +m
  while [[ -d /proc/$group ]] && ! grep -qF "$step" "$tree.log"; do sleep 0.1; done
  sleep "$after_s"
  kill -KILL -- "-$group" 2>/dev/null || true
  wait "$group" 2>/dev/null || true
  say "$1: killed $after_s s after '$step' began, at: $(tail -n 1 "$tree.log")"
}

prove() {
  local suite=$1 what=$2 number=$3 time
  case $what in
    try | test)
      if [[ $what = try ]]; then what="try --headless --visitors ${number:-50}"; fi
      new_machine "$suite"
      machine_runs inside "$suite, $what, first run" "$what"
      machine_runs inside_offline "$suite, $what, second run, no network" "$what"
      ;;
    killed)
      for ((time = 1; time <= ${number:-5}; time++)); do
        new_machine "$suite"
        machine_dies "$suite $time" "try --headless --visitors 1"
        machine_dies "$suite $time" "try --headless --visitors 1"
        machine_runs inside "$suite $time, after two kills" "try --headless --visitors 1"
      done
      ;;
  esac
}

main() {
  local suite work
  while [[ ${1:-} = --* ]]; do
    case $1 in
      --suite)
        [[ ${2:-} = bookworm || ${2:-} = trixie ]] || refuse "--suite is bookworm or trixie"
        suites+=("$2")
        shift
        ;;
      --trees)
        trees=${2:?--trees needs a folder}
        shift
        ;;
      --user) person=technician home=/home/technician ;;
      --keep) keep=yes ;;
      *) refuse "unknown option '$1'" ;;
    esac
    shift
  done
  [[ ${1:-} = try || ${1:-} = test || ${1:-} = killed ]] || refuse "say what to prove: try, test or killed"
  [[ ${2:-1} =~ ^[1-9][0-9]*$ && $# -le 2 ]] || refuse "a number may follow, no more"
  ((EUID == 0)) || refuse "it must be run as root"
  ((${#suites[@]} > 0)) || suites=(bookworm trixie)
  work=$(mktemp -d "${TMPDIR:-/tmp}/fresh-machine.XXXXXX")
  export tree
  export -f inside
  for suite in "${suites[@]}"; do
    bare_tar "$suite"
    tree=$work/$suite
    prove "$suite" "$1" "${2:-}"
    if [[ $keep = yes ]]; then say "$suite: the tree is $tree"; else rm -rf "$tree"; fi
  done
  [[ $keep = yes ]] || rm -rf "$work"
  ((troubles == 0)) || { say "$troubles troubles"; exit 1; }
  say "All as it should be."
}

main "$@"
