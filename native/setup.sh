#!/bin/sh
# Installs the native tools that the build and its tests can use, when they are missing (Debian and Ubuntu).
#
#   native/setup.sh [group...]      groups: cpu metal coreml (default: all of them)
#
# The Java build needs none of this: without a tool, the build says what it leaves out. Quiet when nothing is missing.
set -eu

# clang: every native library; the arm64 cross tools and qemu build and test the NEON kernels on x86-64, mingw's and wine those for Windows.
CPU='clang-19 clang-format-19 lld-19 llvm-19 libclang-rt-19-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross libstdc++-12-dev-arm64-cross qemu-user wine64 gcc-mingw-w64-x86-64-win32'
# The simulators of Apple's frameworks: blocks and Objective-C++ on Linux.
METAL='cmake ninja-build clang-19 clang-format-19 lld-19 llvm-19 libclang-rt-19-dev libblocksruntime-dev libc6-dev-arm64-cross libstdc++-12-dev-arm64-cross'
COREML='clang-19 clang-format-19 lld-19 llvm-19 libclang-rt-19-dev libblocksruntime-dev libgnustep-base-dev gobjc-12 libc6-dev-arm64-cross'

packages=
if [ $# -eq 0 ]; then
    set -- cpu metal coreml
fi
for group in "$@"; do
    case $group in
        cpu) packages="$packages $CPU" ;;
        metal) packages="$packages $METAL" ;;
        coreml) packages="$packages $COREML" ;;
        *)
            echo "native/setup.sh: unknown group '$group' (cpu, metal, coreml)" >&2
            exit 2
            ;;
    esac
done
packages=$(printf '%s\n' $packages | sort -u)

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    echo "native/setup.sh: no apt-get here. Install the equivalents of these Debian packages, as far as they exist:" >&2
    printf '  %s\n' $packages >&2
    exit 0
fi

missing=
for package in $packages; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    exit 0
fi

echo "native/setup.sh: installing$missing" >&2
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    echo "native/setup.sh: not root and no sudo; run as root: apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -qq update
# sudo drops the environment, so the variable is passed again.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing >&2
