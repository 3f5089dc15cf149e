#!/bin/sh
# Builds the AArch64 library with the cross compiler and runs its tests under qemu, for every instruction set.
#
#   native/cpu/test-aarch64.sh [BUILD_DIR]
#
# Without aarch64-linux-gnu-gcc or qemu-aarch64 it says so and succeeds, unless BITNET_CI=1.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
build=${1:-$source/../../bitnet-backend-cpu/target/native-aarch64}

for tool in cmake aarch64-linux-gnu-gcc qemu-aarch64; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "native/cpu/test-aarch64.sh: no $tool here, the NEON kernels are not tested" >&2
        [ "${BITNET_CI:-}" = 1 ] && exit 1
        exit 0
    fi
done
generator=
if command -v ninja >/dev/null 2>&1; then
    generator='-G Ninja'
fi
mkdir -p "$build"
# shellcheck disable=SC2086 # two words
cmake -S "$source" -B "$build" $generator -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
    -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc >"$build.log" 2>&1 || { cat "$build.log" >&2; exit 1; }
cmake --build "$build" --target bitnet_cpu_test >>"$build.log" 2>&1 || { cat "$build.log" >&2; exit 1; }
exec qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu max "$build/test/bitnet_cpu_test"
