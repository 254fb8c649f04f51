#!/usr/bin/env bash
# Makes a small virtual machine with a Debian kernel and Python, and runs tests in it that need a kernel of their
# own, such as one with input devices. For developers: no KVM and no root is needed, and nothing is installed.
#
#   virtual-machine.sh FOLDER [--gpio]                 make the machine, or complete it; a second run changes nothing
#   virtual-machine.sh FOLDER [--gpio] --test [FILE]   the same, then that file of tests in it (tests/hardware/
#                                                      test_keyboard_reader_device.py unless another is named)
#   virtual-machine.sh --help                          this text
#
# With --gpio it has an arm64 processor, a gpiochip of eight lines, the revision of a Pi 4, lgpio and gpiozero, and the
# tests are those of tests/hardware/test_lights_on_a_gpio_chip.py; its power button is line 3.
#
# FOLDER is one of its own, some 120 MB. It takes a minute or two, and a run of the tests half a minute on a machine
# that is free. Tests have pytest and the standard library, and of the repository what stands in hardware/ and
# tests/hardware/. Needs Debian's packages qemu-system-x86 and cpio (--gpio: qemu-system-arm, device-tree-compiler,
# cpio), apt's lists, and the project's virtual environment, whose pytest is taken along.
# Exit codes: 0 done, 1 a step failed (it is named), 2 called wrongly; with --test, that of pytest.
set -euo pipefail
umask 022

readonly LIMIT_S=600
readonly PRESS='virtual machine: press the button'

folder=''
modules=(evdev uinput)
standard_tests=tests/hardware/test_keyboard_reader_device.py
architecture=amd64
libraries=(pytest _pytest pluggy iniconfig packaging pygments py.py)
# no device but the console: what the tests need, they make
machine=(qemu-system-x86_64 -machine 'pc,accel=tcg' -cpu max)
console=ttyS0
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
fail() { printf 'virtual-machine: %s\n' "$*" >&2; exit 1; }

# What a package that only stands for the newest of its kind depends on.
newest() { apt-cache depends "$1" | sed -nE "s/^ *(Pre)?Depends: ($2)\$/\\2/p"; }

# eight lines of a PL061, as every machine of this kind has; for lgpio a Pi's revision stands in its tree of devices
have_gpio() {
    modules=()
    standard_tests=tests/hardware/test_lights_on_a_gpio_chip.py
    architecture=arm64
    libraries+=(gpiozero colorzero)
    machine=(qemu-system-aarch64 -machine 'virt,accel=tcg' -cpu cortex-a72 -dtb "$folder/devices.dtb"
        -chardev "pipe,id=monitor,path=$folder/monitor" -mon 'chardev=monitor,mode=readline')
    console=ttyAMA0
}

gpio_is_described() {
    command -v fdtput >/dev/null || fail "apt-get install device-tree-compiler"
    qemu-system-aarch64 -machine "virt,dumpdtb=$folder/devices.dtb" -cpu cortex-a72 -m 512 -nodefaults -display none \
        >/dev/null 2>&1 || fail "qemu tells no tree of devices"
    fdtput -cp "$folder/devices.dtb" /system
    fdtput -t x "$folder/devices.dtb" /system linux,revision c03111
    [ -p "$folder/monitor.in" ] || mkfifo "$folder/monitor.in" "$folder/monitor.out"
}

# apt's lists for the other processor, apart from this system's
lists_are_here() {
    export APT_CONFIG=$folder/apt.conf
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
    touch "$folder/apt/status"
    printf '%s;\n' 'APT::Architecture "arm64"' 'APT::Architectures { "arm64"; }' "Dir::State \"$folder/apt\"" \
        "Dir::State::status \"$folder/apt/status\"" "Dir::Cache \"$folder/apt/cache\"" >"$APT_CONFIG"
    apt-get -q update >/dev/null 2>&1 || fail "the packages cannot be downloaded"
}

# The pins' driver, as compiled for this Python and processor: Debian has none here.
driver_is_here() {
    local minor=$1
    "$repository/.venv/bin/python" -m pip download -q --only-binary=:all: --no-deps --implementation cp \
        --python-version "$minor" --platform manylinux_2_34_aarch64 --platform manylinux_2_17_aarch64 lgpio \
        -d "$folder/packages" >/dev/null 2>&1 || fail "the packages cannot be downloaded"
}

packages_are_here() {
    [ -e "$folder/packages/complete" ] && return
    local kernel python minor
    if [ $architecture = arm64 ]; then lists_are_here; fi
    kernel=$(newest linux-image-$architecture 'linux-image-[0-9].*')
    python=$(newest python3-minimal 'python3\.[0-9]+-minimal')
    [ -n "$kernel" ] || fail "apt knows no kernel: run apt-get update"
    [ -n "$python" ] || fail "apt knows no Python: run apt-get update"
    minor=${python%-minimal}
    rm -rf "$folder/packages"
    mkdir -p "$folder/packages"
    say "Debian packages ..."
    (cd "$folder/packages" && apt-get download -q "$kernel" "$python" "lib$minor-minimal" "lib$minor-stdlib" \
        libc6 libffi8 libgcc-s1 zlib1g libexpat1 >/dev/null 2>&1) || fail "the packages cannot be downloaded"
    if [ $architecture = arm64 ]; then driver_is_here "${minor#python}"; fi
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
    for module in "${modules[@]}"; do
        file=$(find "$folder/tree" -name "$module.ko*")
        [ -n "$file" ] || fail "the kernel has no module $module"
        case $file in
            *.xz) xz -dc "$file" >"$folder/root/modules/$module.ko" ;;
            *) cp "$file" "$folder/root/modules/" ;;
        esac
    done
    for file in "${libraries[@]}"; do cp -r "$site/$file" "$folder/root/site/"; done
    for file in "$folder"/packages/*.whl; do
        [ ! -e "$file" ] || "$repository/.venv/bin/python" -m zipfile -e "$file" "$folder/root/site/"
    done
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
    timeout "$LIMIT_S" "${machine[@]}" -smp 1 -m 512 -nodefaults -no-user-config \
        -display none -no-reboot -serial stdio -kernel "$folder/vmlinuz" -initrd "$folder/now.cpio.gz" \
        -append "console=$console quiet panic=-1 tests=$1" </dev/null | listened_to | tee "$folder/console.log" ||
        fail "the machine did not end within $LIMIT_S s"
    exit "$(sed -nE 's/^virtual machine: exit ([0-9]+)$/\1/p' "$folder/console.log" | grep . || echo 1)"
}

# What the machine says, line by line; where it asks for its button, that is pressed from outside.
listened_to() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "${line%$'\r'}"
        if [[ $line = *"$PRESS"* ]]; then printf 'system_powerdown\n' >"$folder/monitor.in"; fi
    done
}

main() {
    local tests='' gpio=no
    case "$*" in
        --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; return 0 ;;
        '' | -*) say "which FOLDER? See --help" >&2; return 2 ;;
    esac
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    shift
    if [ "${1:-}" = --gpio ]; then
        gpio=yes
        have_gpio
        shift
    fi
    case "${1:-}" in
        '') [ $# = 0 ] || { say "see --help" >&2; return 2; } ;;
        --test) [ $# -le 2 ] || { say "one FILE only; see --help" >&2; return 2; }; tests=${2:-$standard_tests} ;;
        *) say "unknown argument: $1; see --help" >&2; return 2 ;;
    esac
    command -v "${machine[0]}" >/dev/null || fail "apt-get install qemu-system-x86 (--gpio: qemu-system-arm)"
    command -v cpio >/dev/null || fail "apt-get install cpio"
    if [ $gpio = yes ]; then gpio_is_described; fi
    packages_are_here
    root_is_packed
    [ -z "$tests" ] || run_tests "$tests"
}

main "$@"
