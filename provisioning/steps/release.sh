# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts of setup.sh share their variables
# The program itself: one folder a release under /opt/kiosk/releases, each with a Python environment of its own, made
# by the hashes of the lock file. `current` names the one that runs. A release without the file `complete` is half made.

releases=/opt/kiosk/releases
current=/opt/kiosk/current
release= # the folder of this checkout's release

name_release() {
  release=$releases/$(source_name)
}

release_ready() {
  if [[ ! -e $release/complete ]]; then
    if ! would "make $release from requirements/runtime.txt"; then
      note_folders "$releases"
      quietly "Python packages and programs" make_release || give_up "making the release"
    fi
  fi
  if [[ $(readlink "$current") != "$release" ]]; then
    if ! would "let $current be $release"; then
      ln -sfn "$release" "$current.new"
      mv -T "$current.new" "$current"
      # whoever installs by hand has decided: nothing is on trial any more
      rm -f "${current%/*}/trial" "${current%/*}/refused"
    fi
  fi
  [[ $dry = yes ]] || forget_old_releases
}

# The packages that only the machine's own archive has (camera, pins) are seen through --system-site-packages; all the
# rest is pinned, so that nothing of Debian's older libraries is taken instead.
make_release() {
  rm -rf "$release"
  mkdir -p "$releases" || return
  "$python" -m venv --system-site-packages "$release" || return
  venv=$release
  trust_the_system
  pip install --only-binary=:all: --require-hashes --no-deps --ignore-installed -r requirements/runtime.txt || return
  pip install --no-index --no-deps --no-build-isolation . || return
  install -m 0755 provisioning/new-card "$release/bin/kiosk-new-card" || return
  sync -f "$release" && : >"$release/complete" && sync -f "$release"
}

# The one that runs and the one before it; half-made ones go.
forget_old_releases() {
  local folder kept=0
  [[ -d $releases ]] || return 0
  while read -r folder; do
    if [[ $folder = "$release" ]]; then continue; fi
    if [[ -e $folder/complete ]] && ((++kept <= 1)); then continue; fi
    rm -rf -- "$folder"
  done < <(find "$releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2-)
}
