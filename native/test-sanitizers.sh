#!/bin/sh
# Builds the tests of the CPU kernels with the address and undefined behaviour sanitizers, and runs them for every
# instruction set of this machine.
#
#   native/test-sanitizers.sh [instruction set...]      default: all that run here
#
# Without a tool, or the sanitizers' libraries, it says so and succeeds; with BITNET_CI=1 it fails.
set -eu
cd "$(dirname "$0")/.."

leave_out() {
    echo "native/test-sanitizers.sh: the kernels are not tested with sanitizers: $1 (native/setup.sh cpu)" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
}
command -v cmake >/dev/null 2>&1 || leave_out "there is no cmake"
command -v clang-19 >/dev/null 2>&1 || leave_out "there is no clang-19"

build=${BITNET_SANITIZER_BUILD:-target/native-sanitizers}
mkdir -p "$build"
echo 'int main(void) { return 0; }' >"$build/probe.c"
clang-19 -fsanitize=address,undefined "$build/probe.c" -o "$build/probe" 2>/dev/null ||
    leave_out "clang-19 lacks its sanitizers"

if command -v ninja >/dev/null 2>&1; then
    CMAKE_GENERATOR=Ninja
    export CMAKE_GENERATOR
fi
log=$build/build.log
if ! { cmake -S native/cpu -B "$build" -DCMAKE_C_COMPILER=clang-19 -DBITNET_SANITIZE=ON &&
    cmake --build "$build" --target bitnet_cpu_test; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi

if [ $# -eq 0 ]; then
    "$build/test/bitnet_cpu_test"
fi
for isa in "$@"; do
    "$build/test/bitnet_cpu_test" "$isa"
done
