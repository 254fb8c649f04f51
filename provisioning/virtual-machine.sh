#!/usr/bin/env bash
# Makes a small virtual machine with a Debian kernel and Python, and runs tests in it that need a kernel of their
# own, such as one with input devices. For developers: no KVM and no root is needed, and nothing is installed.
#
#   virtual-machine.sh FOLDER                 make the machine, or complete it; a second run changes nothing
#   virtual-machine.sh FOLDER --test [FILE]   the same, then that file of tests in it (tests/hardware/
#                                             test_keyboard_reader_device.py unless another is named)
#   virtual-machine.sh --help                 this text
#
# FOLDER is one of its own, some 120 MB. It takes a minute or two, and a run of the tests half a minute on a machine
# that is free. Tests have pytest and the standard library, and of the repository what stands in hardware/ and
# tests/hardware/. Needs Debian's packages qemu-system-x86 and cpio, apt's lists, and the project's virtual
# environment, whose pytest is taken along.
# Exit codes: 0 done, 1 a step failed (it is named), 2 called wrongly; with --test, that of pytest.
set -euo pipefail
umask 022

readonly MODULES=(evdev uinput)
readonly TESTS=tests/hardware/test_keyboard_reader_device.py
readonly LIMIT_S=300

folder=''
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
fail() { printf 'virtual-machine: %s\n' "$*" >&2; exit 1; }

# What a package that only stands for the newest of its kind depends on.
newest() { apt-cache depends "$1" | sed -nE "s/^ *(Pre)?Depends: ($2)\$/\\2/p"; }

packages_are_here() {
    [ -e "$folder/packages/complete" ] && return
    local kernel python minor
    kernel=$(newest linux-image-amd64 'linux-image-[0-9].*')
    python=$(newest python3-minimal 'python3\.[0-9]+-minimal')
    [ -n "$kernel" ] || fail "apt knows no kernel: run apt-get update"
    [ -n "$python" ] || fail "apt knows no Python: run apt-get update"
    minor=${python%-minimal}
    rm -rf "$folder/packages"
    mkdir -p "$folder/packages"
    say "Debian packages ..."
    (cd "$folder/packages" && apt-get download -q "$kernel" "$python" "lib$minor-minimal" "lib$minor-stdlib" \
        libc6 libffi8 zlib1g libexpat1 >/dev/null 2>&1) || fail "the packages cannot be downloaded"
    touch "$folder/packages/complete"
}

# The machine's root: an interpreter and what it needs, one program and the modules.
root_is_packed() {
    [ -e "$folder/root.cpio.gz" ] && return
    local package module file site
    site=$("$repository/.venv/bin/python" -c 'import pytest, pathlib; print(pathlib.Path(pytest.__file__).parent.parent)') ||
        fail "the project's virtual environment has no pytest"
    rm -rf "$folder/tree" "$folder/root"
    mkdir -p "$folder/root/modules" "$folder/root/site" "$folder/root/dev"
    for package in "$folder"/packages/*.deb; do
        case $package in
            */linux-image-*) dpkg-deb -x "$package" "$folder/tree" ;;
            *) dpkg-deb -x "$package" "$folder/root" ;;
        esac
    done
    for module in "${MODULES[@]}"; do
        file=$(find "$folder/tree" -name "$module.ko*")
        [ -n "$file" ] || fail "the kernel has no module $module"
        case $file in
            *.xz) xz -dc "$file" >"$folder/root/modules/$module.ko" ;;
            *) cp "$file" "$folder/root/modules/" ;;
        esac
    done
    cp -r "$site"/{pytest,_pytest,pluggy,iniconfig,packaging,pygments,py.py} "$folder/root/site/"
    rm -rf "$folder"/root/usr/share "$folder"/root/usr/lib/python3.*/{test,idlelib,ensurepip,lib2to3}
    find "$folder/root" -name __pycache__ -prune -exec rm -rf {} +
    ln -sf "$(basename "$(ls "$folder"/root/usr/bin/python3.?*)")" "$folder/root/usr/bin/python3"
    (cd "$folder/root" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$folder/root.cpio.gz.new"
    mv "$folder/root.cpio.gz.new" "$folder/root.cpio.gz"
    cp "$folder"/tree/boot/vmlinuz-* "$folder/vmlinuz"
    rm -rf "$folder/tree" "$folder/root"
    say "the machine is $folder"
}

# The repository as it is now goes in anew each time, behind the root: the kernel unpacks both.
run_tests() {
    local part=$folder/now
    rm -rf "$part"
    mkdir -p "$part/repository"
    (cd "$repository" && tar -c --exclude=__pycache__ hardware tests/hardware) | tar -x -C "$part/repository"
    { printf '#!/usr/bin/python3 -B\n'; cat "$repository/provisioning/virtual_machine_init.py"; } >"$part/init"
    chmod 0755 "$part/init"
    { cat "$folder/root.cpio.gz"; (cd "$part" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1); } \
        >"$folder/now.cpio.gz"
    rm -rf "$part"
    # no device but the console: what the tests need, they make
    timeout "$LIMIT_S" qemu-system-x86_64 -machine pc,accel=tcg -cpu max -smp 1 -m 512 -nodefaults -no-user-config \
        -display none -no-reboot -serial stdio -kernel "$folder/vmlinuz" -initrd "$folder/now.cpio.gz" \
        -append "console=ttyS0 quiet panic=-1 tests=$1" </dev/null | tr -d '\r' | tee "$folder/console.log" ||
        fail "the machine did not end within $LIMIT_S s"
    exit "$(sed -nE 's/^virtual machine: exit ([0-9]+)$/\1/p' "$folder/console.log" | grep . || echo 1)"
}

main() {
    local tests=''
    case "$*" in
        --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; return 0 ;;
        '' | -*) say "which FOLDER? See --help" >&2; return 2 ;;
    esac
    case "${2:-}" in
        '') [ $# = 1 ] || { say "see --help" >&2; return 2; } ;;
        --test) [ $# -le 3 ] || { say "one FILE only; see --help" >&2; return 2; }; tests=${3:-$TESTS} ;;
        *) say "unknown argument: $2; see --help" >&2; return 2 ;;
    esac
    command -v qemu-system-x86_64 >/dev/null || fail "apt-get install qemu-system-x86"
    command -v cpio >/dev/null || fail "apt-get install cpio"
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    packages_are_here
    root_is_packed
    [ -z "$tests" ] || run_tests "$tests"
}

main "$@"
