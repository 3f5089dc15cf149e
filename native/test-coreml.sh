#!/bin/sh
# Builds the Core ML library against the test double of Core ML, runs its tests plainly and with the sanitizers, and compiles
# it once for macOS on arm64, without linking.
#
# Without clang, GNUstep or the arm64 C library it says what is missing and succeeds, unless BITNET_CI=1. The build
# directories are target/native-coreml*, or BITNET_COREML_BUILD*. On a Mac, native/coreml/check-on-mac.sh does more.
set -eu
cd "$(dirname "$0")/.."

missing=
for tool in cmake clang++-19; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool,"
done
for file in /usr/include/GNUstep/Foundation/Foundation.h /usr/include/Block.h /usr/aarch64-linux-gnu/include/stdio.h; do
    [ -e "$file" ] || missing="$missing $file,"
done
objc=$(dirname "$(ls -d /usr/lib/gcc/*-linux-gnu/*/include/objc/objc.h 2>/dev/null | tail -n 1)")
[ "$objc" != . ] || missing="$missing GCC's Objective-C headers,"
if [ -n "$missing" ]; then
    echo "native/test-coreml.sh: the Core ML library is not tested: there is no${missing%,} (native/setup.sh coreml)" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
fi
if command -v ninja >/dev/null 2>&1; then
    CMAKE_GENERATOR=Ninja
    export CMAKE_GENERATOR
fi

build=${BITNET_COREML_BUILD:-target/native-coreml}
for sanitize in OFF ON; do
    directory=$build
    [ $sanitize = OFF ] || directory=$build-sanitize
    mkdir -p "$directory"
    log=$directory/build.log
    if ! { cmake -S native/coreml -B "$directory" -DBITNET_SANITIZE=$sanitize &&
        cmake --build "$directory" --target bitnet_coreml_test; } >"$log" 2>&1; then
        cat "$log" >&2
        exit 1
    fi
    # GNUstep and the Objective-C runtime keep much that the leak checker cannot see; the tests count for themselves.
    ASAN_OPTIONS=detect_leaks=0 "$directory/test/bitnet_coreml_test"
done

# Apple's runtime and ABI, as far as that shows without Apple's headers.
for source in native/coreml/src/*.mm; do
    clang++-19 -target arm64-apple-macos15 -c -o /dev/null -std=c++20 -fno-objc-arc -fblocks -Wall -Wextra -Werror \
        -Wno-unused-parameter -U__nonnull -U__nullable -D_GNU_SOURCE -DGNUSTEP -DGNUSTEP_BASE_LIBRARY=1 -DGNU_RUNTIME=1 \
        -Inative/coreml/include -Inative/sim/coreml/include -nostdlibinc -isystem /usr/include/GNUstep \
        -isystem "${objc%/objc}" -isystem /usr/aarch64-linux-gnu/include -isystem /usr/include "$source"
done
