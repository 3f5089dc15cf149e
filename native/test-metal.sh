#!/bin/sh
# Runs the Metal kernels on this machine's CPU (native/sim/metal/msl) and compares them with the reference: as they are,
# under AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer; the same with a fault in each of
# several kernels, which has to be found; and once more to see which lines of the kernels the tests reach.
#
# Without clang 19, cmake, ninja, java or llvm-cov it says what is missing and succeeds, unless BITNET_CI=1. The build
# directory is target/native-metal, or BITNET_METAL_BUILD.
set -eu
cd "$(dirname "$0")/.."

JAVA_HOME=${JAVA_HOME:-$(.ci/java-home)}
export JAVA_HOME
missing=
for tool in clang-19 clang++-19 cmake ninja llvm-cov-19 llvm-profdata-19 "$JAVA_HOME/bin/java"; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "native/test-metal.sh: the Metal kernels are not tested: there is no$missing (native/setup.sh metal)" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
fi

build=${BITNET_METAL_BUILD:-target/native-metal}
mkdir -p "$build"

# compile CONFIGURATION TARGET...: quiet, unless it fails.
compile() {
    configuration=$1
    shift
    sanitize=$configuration
    [ "$configuration" = plain ] && sanitize=
    if ! { CC=clang-19 CXX=clang++-19 cmake -S native/sim/metal/msl -B "$build/$configuration" -G Ninja \
        -DBITNET_SANITIZE="$sanitize" && cmake --build "$build/$configuration" --target "$@"; } \
        >"$build/$configuration.log" 2>&1; then
        cat "$build/$configuration.log" >&2
        exit 1
    fi
}

# Every fault has to fail its test with the message that belongs to it.
faults() {
    count=0
    while read -r program test message; do
        # One race is enough: reporting thousands takes its time.
        if TSAN_OPTIONS=halt_on_error=1 "$build/$1/$program" "$test" >"$build/$1/$program.log" 2>&1; then
            echo "native/test-metal.sh: $program: the fault is not found" >&2
            exit 1
        fi
        if ! grep -q "$message" "$build/$1/$program.log"; then
            echo "native/test-metal.sh: $program does not say '$message':" >&2
            cat "$build/$1/$program.log" >&2
            exit 1
        fi
        count=$((count + 1))
    done <"$build/$1/faults.txt"
    echo "$1: $count faults found"
}

compile plain bitnet_metal_one_text

for configuration in plain address thread; do
    compile $configuration bitnet_fibers_test bitnet_metal_kernels_test bitnet_metal_faults
    echo "== $configuration"
    "$build/$configuration/fibers/bitnet_fibers_test"
    "$build/$configuration/bitnet_metal_kernels_test"
    faults $configuration
done

compile coverage bitnet_metal_kernels_test
program=$build/coverage/bitnet_metal_kernels_test
LLVM_PROFILE_FILE=$program.profraw "$program" >/dev/null
llvm-profdata-19 merge -o "$program.profdata" "$program.profraw"
echo "== lines of the kernels that the tests reach"
llvm-cov-19 report "$program" -instr-profile "$program.profdata" -show-region-summary=false \
    -show-branch-summary=false native/metal/kernels
