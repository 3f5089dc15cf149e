#!/bin/sh
# Runs the CUDA kernels on this machine's CPU, through the simulated driver (native/sim/cuda), as they are and under
# AddressSanitizer and UndefinedBehaviorSanitizer, and compares them with plain code.
#
# Without clang 19, cmake, ninja or cuda.h it says what is missing and succeeds, unless BITNET_CI=1. The build directory is
# target/native-cuda, or BITNET_CUDA_BUILD.
set -eu
cd "$(dirname "$0")/.."

include=
for directory in /usr/local/cuda/include /usr/local/cuda-*/include; do
    [ -f "$directory/cuda.h" ] && include=$directory && break
done
missing=
for tool in clang++-19 cmake ninja; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
[ -n "$include" ] || missing="$missing cuda.h"
if [ -n "$missing" ]; then
    echo "native/test-cuda.sh: the CUDA kernels are not tested: there is no$missing" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
fi

build=${BITNET_CUDA_BUILD:-target/native-cuda}
mkdir -p "$build"
for name in plain sanitized; do
    sanitize=
    [ $name = plain ] || sanitize=address,undefined
    if ! { cmake -S native/sim/cuda -B "$build/$name" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=clang++-19 \
        -DBITNET_CUDA_INCLUDE="$include" -DBITNET_SANITIZE="$sanitize" &&
        cmake --build "$build/$name" -j "${JOBS:-1}" --target bitnet_sim_cuda_test; } >"$build/$name.log" 2>&1; then
        cat "$build/$name.log" >&2
        exit 1
    fi
    echo "== $name"
    "$build/$name/bitnet_sim_cuda_test"
done
