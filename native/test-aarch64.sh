#!/bin/sh
# Builds the CPU kernels for AArch64 and runs their tests in an emulated CPU, one process for each instruction set; and
# the fibers of the doubles of GPUs.
#
#   native/test-aarch64.sh [instruction set...]      default: baseline neon dotprod i8mm
#
# Without clang, the arm64 C library or qemu it says what is missing and succeeds, unless BITNET_CI=1. The build
# directory is target/native-aarch64, or BITNET_AARCH64_BUILD.
set -eu
cd "$(dirname "$0")/.."

missing=
need() {
    if ! command -v "$1" >/dev/null 2>&1; then
        missing="$missing $1"
    fi
}
need cmake
need aarch64-linux-gnu-gcc
need qemu-aarch64
need clang++-19
need ld.lld-19
if [ -n "$missing" ]; then
    echo "native/test-aarch64.sh: the AArch64 kernels are not tested: there is no$missing (native/setup.sh cpu)" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
fi

build=${BITNET_AARCH64_BUILD:-target/native-aarch64}
log=$build.log
mkdir -p "$(dirname "$build")"
if command -v ninja >/dev/null 2>&1; then
    CMAKE_GENERATOR=Ninja
    export CMAKE_GENERATOR
fi
# Static, so that the emulator needs no libraries of the emulated system.
if ! { cmake -S native/cpu -B "$build" --toolchain "$PWD/native/aarch64-linux.cmake" \
    -DCMAKE_EXE_LINKER_FLAGS=-static &&
    cmake --build "$build" --target bitnet_cpu_test bitnet_cpu; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi

if [ $# -eq 0 ]; then
    set -- baseline neon dotprod i8mm
fi
for isa in "$@"; do
    qemu-aarch64 -cpu max "$build/test/bitnet_cpu_test" "$isa"
done

# Each CPU gets what it has, no more: an ARMv8.0, an ARMv8.2 with the dot product, and one with everything.
expect_best() {
    best=$(qemu-aarch64 -cpu "$1" "$build/test/bitnet_cpu_test" best)
    [ "$best" = "$2" ] || { echo "native/test-aarch64.sh: on a $1 the best set is $best, not $2" >&2; exit 1; }
}
expect_best cortex-a53 neon
expect_best neoverse-n1 dotprod
expect_best max i8mm

# The fibers that the doubles of GPUs run on switch stacks in assembler.
fibers=native/sim/fibers
clang++-19 --target=aarch64-linux-gnu -std=c++20 -O1 -static -fuse-ld=lld-19 -pthread -I$fibers \
    -isystem /usr/aarch64-linux-gnu/include/c++/12 -isystem /usr/aarch64-linux-gnu/include/c++/12/aarch64-linux-gnu \
    -o "$build/fibers_test" $fibers/context.cpp $fibers/team.cpp $fibers/test/main.cpp
qemu-aarch64 -cpu max "$build/fibers_test"

# The library that travels in the jar has every function of the header, and nothing else.
exports() {
    aarch64-linux-gnu-nm -D --defined-only "$build/libbitnet_cpu.so" | sed 's/.* //' | sort
}
functions() {
    sed -n '/^BITNET_API/s/.*[ *]\(bitnet_[a-z0-9_]*\)(.*/\1/p' native/cpu/include/bitnet_cpu.h | sort
}
if [ "$(exports)" != "$(functions)" ]; then
    echo "native/test-aarch64.sh: the library exports:" $(exports) >&2
    echo "native/test-aarch64.sh: the header declares:" $(functions) >&2
    exit 1
fi
