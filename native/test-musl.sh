#!/bin/sh
# Runs the tests of the CPU kernels as a program of musl, the C library of Alpine Linux, which loads the library that the jar has: it
# needs no C library, so the same file has to serve.
#
#   native/test-musl.sh [library]      default: the one of the last build by Maven
#
# musl is unpacked from Debian's packages and not installed, since other software chooses its files by whether it is there.
# Without clang 19 or apt-get it says what is missing and succeeds, unless BITNET_CI=1.
set -eu
cd "$(dirname "$0")/.."
arch=$(uname -m)
library=${1:-bitnet-backend-cpu/target/classes/META-INF/native/bitnet/linux-$arch/libbitnet_cpu.so}
build=target/native-musl

for tool in clang-19 ld.lld-19 apt-get dpkg-deb; do
    command -v $tool >/dev/null 2>&1 && continue
    echo "native/test-musl.sh: not tested: there is no $tool" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
done
mkdir -p "$build"
musl=$PWD/$build/root
if [ ! -e "$musl/lib/ld-musl-$arch.so.1" ]; then
    (cd "$build" && apt-get -qq download musl musl-dev 2>apt.log) || { cat "$build/apt.log" >&2; exit 1; }
    for package in "$build"/*.deb; do dpkg-deb -x "$package" "$musl"; done
fi
lib=$musl/usr/lib/$arch-linux-musl
clang-19 --target="$arch-linux-musl" -std=c17 -O2 -march=native -ffp-contract=off -nostdlib -nostdinc \
    -isystem "$musl/usr/include/$arch-linux-musl" -isystem "$(clang-19 -print-resource-dir)/include" -Inative/cpu/include \
    -fuse-ld=lld-19 -Wl,--dynamic-linker="$musl/lib/ld-musl-$arch.so.1" -Wl,-rpath,"$(cd "$(dirname "$library")" && pwd)" \
    "$lib/crt1.o" "$lib/crti.o" native/cpu/test/*.c "$library" -L"$lib" "$musl/lib/$arch-linux-musl/libc.so" \
    "$(clang-19 -print-libgcc-file-name --rtlib=libgcc)" "$lib/crtn.o" -o "$build/bitnet_cpu_test"
if [ "$arch" = x86_64 ]; then sets='baseline avx2 avx512-words'; else sets='baseline neon'; fi
for isa in $sets; do
    "$build/bitnet_cpu_test" "$isa" >"$build/run.txt" 2>&1 || grep -q 'not here' "$build/run.txt" || { cat "$build/run.txt" >&2; exit 1; }
    sed "s/^/musl: /" "$build/run.txt"
done
