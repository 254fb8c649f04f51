#!/usr/bin/env bash
# Makes a Debian 13 tree in which the real picamera2 runs over libcamera's virtual camera, and runs the
# camera's tests in it. For developers: no Raspberry Pi and no camera is needed.
#
#   virtual-camera-tree.sh TREE          make the tree, or complete it; a second run changes nothing
#   virtual-camera-tree.sh TREE --test   the same, then tests/hardware/test_pi_camera_virtual.py in it
#   virtual-camera-tree.sh --help        this text
#
# TREE is a folder of its own: new, empty, or an unpacked "debootstrap --variant=minbase trixie". It takes about
# 1 GB and two minutes. Outside TREE nothing is changed. Needs root, debootstrap and unshare.
# Exit codes: 0 done, 1 a step failed (it is named), 2 called wrongly; with --test, that of the tests.
set -euo pipefail
umask 022

readonly SUITE=trixie
# 0.4 of trixie itself hangs when requests are given back fast; the backport does not
readonly LIBCAMERA='0.7.1-1~bpo13+1'
readonly PICAMERA2='0.3.38'
readonly VENV=/opt/virtual-camera
readonly FRAMES=/var/lib/virtual-camera
readonly CAMERA=/usr/share/libcamera/pipeline/virtual/virtual.yaml

changes=0
tree=''
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
fail() { printf 'virtual-camera-tree: %s\n' "$*" >&2; exit 1; }
changed() { changes=$((changes + 1)); say "changed: $*"; }

# One command inside the tree, with its own mounts and process ids.
inside() {
    unshare --mount --pid --fork --mount-proc="$tree/proc" chroot "$tree" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
        PIP_DISABLE_PIP_VERSION_CHECK=1 "$@"
}

tree_is_there() {
    [ -e "$tree/etc/debian_version" ] && return
    [ -z "$(ls -A "$tree" 2>/dev/null)" ] || fail "$tree is neither empty nor a Debian tree"
    command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
    say "debootstrap, about a minute ..."
    debootstrap --variant=minbase --include=ca-certificates "$SUITE" "$tree" >"$tree.log" 2>&1 ||
        fail "debootstrap failed; see $tree.log"
    rm -f "$tree.log"
    changed "a bare $SUITE in $tree"
}

tree_is_trixie() {
    grep -qs "VERSION_CODENAME=$SUITE" "$tree/etc/os-release" || fail "$tree is no Debian $SUITE"
}

# The name server and, where the network has a certificate authority of its own, that too.
network_is_known() {
    cmp -s /etc/resolv.conf "$tree/etc/resolv.conf" || cp /etc/resolv.conf "$tree/etc/resolv.conf"
    local certificate new=0
    for certificate in /usr/local/share/ca-certificates/*.crt; do
        [ -e "$certificate" ] || continue
        cmp -s "$certificate" "$tree$certificate" && continue
        install -D -m 0644 "$certificate" "$tree$certificate"
        new=1
    done
    [ "$new" = 0 ] && return
    inside update-ca-certificates >/dev/null 2>&1 || fail "update-ca-certificates failed"
    changed "the network's certificate authority"
}

backports_are_listed() {
    local list=$tree/etc/apt/sources.list.d/$SUITE-backports.list
    [ -s "$list" ] && return
    sed -n "s/ $SUITE / $SUITE-backports /p" "$tree/etc/apt/sources.list" >"$list.new"
    [ -s "$list.new" ] || fail "$tree/etc/apt/sources.list does not name $SUITE"
    mv "$list.new" "$list"
    changed "$SUITE-backports"
}

# shellcheck disable=SC2016 # dpkg-query's own field, not a variable of ours
installed() { [ "$(inside dpkg-query -W -f '${Version}' "$1" 2>/dev/null)" = "$2" ]; }

packages_are_installed() {
    if installed python3-libcamera "$LIBCAMERA" && [ -x "$tree/usr/bin/gcc" ] &&
        [ -e "$tree/usr/include/sys/capability.h" ] && [ -x "$tree/usr/bin/python3" ]; then
        return
    fi
    say "Debian packages ..."
    inside apt-get update -q >/dev/null || fail "apt-get update failed: is there a network?"
    inside apt-get install -q -y --no-install-recommends -t "$SUITE-backports" \
        "python3-libcamera=$LIBCAMERA" libcamera-ipa >/dev/null || fail "libcamera $LIBCAMERA cannot be installed"
    # picamera2 builds python-prctl
    inside apt-get install -q -y --no-install-recommends python3-venv python3-dev gcc libcap-dev \
        >/dev/null || fail "Python cannot be installed"
    changed "libcamera $LIBCAMERA, Python, a compiler"
}

environment_is_there() {
    [ "$(cat "$tree$VENV/complete" 2>/dev/null)" = "$PICAMERA2" ] && return
    say "Python packages ..."
    # the versions of the project's own lock file, without its hashes: picamera2 is not in it
    sed -nE 's/^([A-Za-z0-9._-]+==[^ ;\\]+( ; [^\\]+)?).*/\1/p' "$repository/requirements/dev.txt" \
        >"$tree/root/constraints.txt"
    inside python3 -m venv --system-site-packages "$VENV" || fail "no virtual environment"
    inside "$VENV/bin/pip" install -q -c /root/constraints.txt "picamera2==$PICAMERA2" numpy \
        opencv-python-headless zxing-cpp segno gpiozero pytest pytest-timeout || fail "pip failed"
    printf '%s\n' "$PICAMERA2" >"$tree$VENV/complete"
    changed "picamera2 $PICAMERA2 and what the tests need"
}

camera_is_described() {
    local wanted
    wanted=$(cat <<YAML
%YAML 1.1
---
"Virtual0":
  supported_formats:
  - width: 1280
    height: 720
    frame_rates:
    - 30
  frames:
    path: "$FRAMES"
  location: "CameraLocationFront"
  model: "Virtual Video Device"
YAML
    )
    mkdir -p "$tree$FRAMES" "$tree/mnt/repository"
    [ "$(cat "$tree$CAMERA" 2>/dev/null)" = "$wanted" ] && return
    printf '%s\n' "$wanted" >"$tree$CAMERA.new"
    mv "$tree$CAMERA.new" "$tree$CAMERA"
    changed "a camera that shows the pictures in $FRAMES"
}

# The repository is seen read-only, and only by this command.
run_tests() {
    # shellcheck disable=SC2016 # the inner shell's own arguments
    unshare --mount --propagation private bash -euo pipefail -c '
        mount --bind "$2" "$1/mnt/repository"
        mount -o remount,bind,ro "$1/mnt/repository"
        exec unshare --pid --fork --mount-proc="$1/proc" chroot "$1" \
            env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            PYTHONPATH=/mnt/repository PYTHONDONTWRITEBYTECODE=1 \
            VIRTUAL_CAMERA_FRAMES="$3" \
            "$4/bin/python" -m pytest --rootdir=/mnt/repository -c /mnt/repository/pyproject.toml \
            -p no:cacheprovider -q /mnt/repository/tests/hardware/test_pi_camera_virtual.py
    ' _ "$tree" "$repository" "$FRAMES" "$VENV"
}

main() {
    local test=no argument
    for argument in "$@"; do
        case $argument in
            --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; return 0 ;;
            --test) test=yes ;;
            -*) say "unknown argument: $argument; see --help" >&2; return 2 ;;
            *) [ -z "$tree" ] || { say "one TREE only; see --help" >&2; return 2; }; tree=$argument ;;
        esac
    done
    [ -n "$tree" ] || { say "which TREE? See --help" >&2; return 2; }
    [ "$(id -u)" = 0 ] || fail "must be run as root"
    mkdir -p "$tree"
    tree=$(cd "$tree" && pwd)
    [ "$tree" != / ] || fail "TREE must not be the root of this machine"
    tree_is_there
    tree_is_trixie
    network_is_known
    backports_are_listed
    packages_are_installed
    environment_is_there
    camera_is_described
    say "$changes changes; the tree is $tree"
    [ "$test" = no ] || run_tests
}

main "$@"
