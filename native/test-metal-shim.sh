#!/bin/sh
# Tests what the Metal backend does with Metal (native/metal/src), over a stand-in for Metal and the Objective-C runtime
# (native/sim/metal/framework) that runs the kernels on the CPU: as it is, under AddressSanitizer and
# UndefinedBehaviorSanitizer, and under ThreadSanitizer; with a fault in each of several places, which has to be found;
# against Apple's metal-cpp, where METAL_CPP_DIR names it; and whether it compiles for macOS on Apple silicon.
#
# Without clang 19, LLVM 19, cmake, ninja or java it says what is missing and succeeds, unless BITNET_CI=1. The build directory is
# target/native-metal-shim, or BITNET_METAL_SHIM_BUILD.
set -eu
cd "$(dirname "$0")/.."

JAVA_HOME=${JAVA_HOME:-$(.ci/java-home)}
export JAVA_HOME
missing=
for tool in clang-19 clang++-19 cmake ninja llvm-nm-19 "$JAVA_HOME/bin/java"; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "native/test-metal-shim.sh: the Metal shim is not tested: there is no$missing (native/setup.sh metal)" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
fi

build=${BITNET_METAL_SHIM_BUILD:-target/native-metal-shim}
mkdir -p "$build"

# make CONFIGURATION SANITIZE METAL_CPP_DIR TARGET...: quiet, unless it fails.
make() {
    configuration=$1
    sanitize=$2
    headers=$3
    shift 3
    if ! { CC=clang-19 CXX=clang++-19 cmake -S native/metal -B "$build/$configuration" -G Ninja \
        -DBITNET_SANITIZE="$sanitize" -DMETAL_CPP_DIR="$headers" -DBITNET_JAVA_HOME="$JAVA_HOME" &&
        cmake --build "$build/$configuration" -j "${JOBS:-1}" --target "$@"; } >"$build/$configuration.log" 2>&1; then
        cat "$build/$configuration.log" >&2
        exit 1
    fi
}

for configuration in plain address thread; do
    sanitize=$configuration
    [ $configuration = plain ] && sanitize=
    make $configuration "$sanitize" "" bitnet_metal_shim_test
    echo "== $configuration"
    "$build/$configuration/test/bitnet_metal_shim_test"
done

# Every fault has to fail its test with the message that belongs to it.
make plain "" "" bitnet_metal_shim_faults
count=0
while read -r program test message; do
    log=$build/plain/test/$program.log
    if "$build/plain/test/$program" "$test" >"$log" 2>&1; then
        echo "native/test-metal-shim.sh: $program: the fault is not found" >&2
        exit 1
    fi
    if ! grep -q "$message" "$log"; then
        echo "native/test-metal-shim.sh: $program does not say '$message':" >&2
        cat "$log" >&2
        exit 1
    fi
    count=$((count + 1))
done <"$build/plain/test/faults.txt"
echo "== $count faults found"

if [ -n "${METAL_CPP_DIR:-}" ]; then
    make metal-cpp "" "$METAL_CPP_DIR" bitnet_metal_shim_test
    echo "== Apple's metal-cpp"
    "$build/metal-cpp/test/bitnet_metal_shim_test"
fi

# Object files for macOS, against Debian's C and C++ headers for AArch64: what Apple's own would say about the code is not
# seen, but what depends on the system or the architecture is compiled.
headers=/usr/aarch64-linux-gnu/include
if [ ! -d $headers/c++/12 ]; then
    echo "native/test-metal-shim.sh: not compiled for macOS: there is no libstdc++-12-dev-arm64-cross" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
fi
objects=$build/macos
mkdir -p "$objects"
for directory in ${METAL_CPP_DIR:-} native/metal/metal-cpp-subset; do
    rm -f "$objects"/*.o
    for file in native/metal/src/*.cpp "$build/plain/kernels.cpp"; do
        clang++-19 -target arm64-apple-macos14 -std=c++20 -O2 -fblocks -fno-exceptions -fno-rtti -Wall -Wextra -Werror \
            -nostdlibinc -U__nonnull -U__nullable -D_GNU_SOURCE \
            -isystem $headers/c++/12 -isystem $headers/c++/12/aarch64-linux-gnu \
            -isystem native/sim/metal/framework/sdk -isystem $headers -isystem "$directory" \
            -isystem "$JAVA_HOME/include" -isystem "$JAVA_HOME/include/linux" \
            -Inative/metal/include -Inative/metal -Inative/metal/src -c -o "$objects/$(basename "$file" .cpp).o" "$file"
    done
done
# All that the library, over metal-cpp-subset, expects of the system.
needed=$(llvm-nm-19 -g "$objects"/*.o | awk '$2 != "U" && NF == 3 { has[$3] = 1 } $1 == "U" { needs[$2] = 1 }
    END { for (name in needs) if (!(name in has)) print name }' | sort | tr '\n' ' ')
known="_MTLCreateSystemDefaultDevice __ZSt7nothrow __ZdlPvm __ZnwmRKSt9nothrow_t ___cxa_guard_acquire ___cxa_guard_release \
___stack_chk_fail ___stack_chk_guard _bzero _dispatch_data_create _dispatch_release _memcpy _objc_lookUpClass _objc_msgSend \
_sel_registerName _snprintf _sysconf _vsnprintf "
if [ "$needed" != "$known" ]; then
    printf 'native/test-metal-shim.sh: on macOS the library needs\n  %s\nand not\n  %s\n' "$needed" "$known" >&2
    exit 1
fi
echo "== compiles for macOS on Apple silicon"
