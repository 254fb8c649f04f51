# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts of setup.sh share their variables
# What is laid down on a machine: looked at first, changed only where it differs, noted before it is made, so that
# `uninstall` finds it after a power cut too. With --dry-run each change is said and not made.
#
# The note, one line each: f FILE, d FOLDER, u USER, g GROUP, e UNIT (enabled by us).

notes=/var/lib/kiosk-setup
dry=no

# would LINE: true when nothing may be changed; counts the change either way
would() {
  changed 1
  [[ $dry = yes ]] || return 1
  say "  would $1"
}

note() {
  grep -qsxF -- "$1" "$notes/laid" && return
  mkdir -p "$notes"
  { cat "$notes/laid" 2>/dev/null || true; printf '%s\n' "$1"; } >"$notes/laid.new"
  sync "$notes/laid.new"
  mv "$notes/laid.new" "$notes/laid"
}

# Every folder above a file that is not there yet.
note_folders() {
  local folder=$1 missing=()
  while [[ ! -d $folder ]]; do
    missing=("$folder" "${missing[@]}")
    folder=$(dirname -- "$folder")
  done
  for folder in "${missing[@]}"; do note "d $folder"; done
}

# lay FILE WHERE [MODE]: a copy, whole or not at all
lay() {
  local source=$1 target=$2 mode=${3:-0644}
  if cmp -s "$source" "$target" && [[ $(stat -c %a "$target") = "${mode#0}" ]]; then return; fi
  if would "write $target"; then return; fi
  note_folders "$(dirname -- "$target")"
  if [[ ! -e $target ]]; then note "f $target"; fi
  mkdir -p "$(dirname -- "$target")"
  install -m "$mode" "$source" "$target.new"
  sync "$target.new"
  mv -T "$target.new" "$target"
}

# lay_link TARGET WHERE
lay_link() {
  if [[ -L $2 && $(readlink "$2") = "$1" ]]; then return; fi
  if would "link $2 to $1"; then return; fi
  note_folders "$(dirname -- "$2")"
  if [[ ! -e $2 && ! -L $2 ]]; then note "f $2"; fi
  mkdir -p "$(dirname -- "$2")"
  rm -f "$2.new"
  ln -s "$1" "$2.new"
  mv -T "$2.new" "$2"
}

# lay_enabled UNIT
lay_enabled() {
  if systemctl is-enabled -q "$1" 2>/dev/null; then return; fi
  if would "enable $1"; then return; fi
  note "e $1"
  systemctl -q enable "$1"
}

# Everything that was noted, the last first; what somebody else has put into a folder keeps the folder.
take_away() {
  local kind what
  [[ -e $notes/laid ]] || return 0
  while read -r kind what; do
    case $kind in
      e) systemctl -q disable "$what" 2>/dev/null || true ;;
      f) rm -f -- "$what" "$what.new" ;;
      d) rmdir -- "$what" 2>/dev/null || true ;;
      u) if getent passwd "$what" >/dev/null; then userdel "$what"; fi ;;
      g) if getent group "$what" >/dev/null; then groupdel "$what"; fi ;;
    esac
    changed 1
  done < <(tac "$notes/laid")
  rm -r -- "$notes"
}
