#!/bin/sh
# Builds the CPU library for the platforms that Linux can build it for (native/cross.cmake), reads what is in the files, and
# runs the Windows one's kernels in wine64, one process for each instruction set, and those of this Linux under musl. Compares
# the files with those of a build by Maven, if there is one: two builds in two places have the same bytes.
#
#   native/test-platforms.sh [platform...]      default: all of them
#
# Without clang 19, lld, llvm 19 or cmake it says what is missing and succeeds, unless BITNET_CI=1; without wine64 or
# mingw's compiler it leaves out the run. The build directories are target/native-platforms/PLATFORM, or below
# BITNET_PLATFORMS_BUILD.
set -eu
cd "$(dirname "$0")/.."

missing=
for tool in cmake ninja clang-19 ld.lld-19 ld64.lld-19 lld-link-19 llvm-readobj-19 llvm-nm-19; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "native/test-platforms.sh: not tested: there is no$missing (native/setup.sh cpu)" >&2
    [ "${BITNET_CI:-}" = 1 ] && exit 1
    exit 0
fi
[ $# -gt 0 ] || set -- linux-x86_64 linux-aarch64 macos-x86_64 macos-aarch64 windows-x86_64 windows-aarch64
build=${BITNET_PLATFORMS_BUILD:-target/native-platforms}
jar=bitnet-backend-cpu/target/classes/META-INF/native/bitnet
mkdir -p "$build"

fail() {
    echo "native/test-platforms.sh: $platform: $*" >&2
    exit 1
}
functions() {
    sed -n '/^BITNET_API/s/.*[ *]\(bitnet_[a-z0-9_]*\)(.*/\1/p' native/cpu/include/bitnet_cpu.h | sort
}
same() {
    [ "$2" = "$3" ] || fail "$1: '$2' instead of '$3'"
}
read_linux() {
    same exports "$(llvm-nm-19 -D --defined-only -j "$file" | sort)" "$(functions)"
    same "undefined symbols" "$(llvm-nm-19 -D --undefined-only -j "$file")" ""
    llvm-readobj-19 --dynamic-table --version-info --program-headers "$file" >"$file.txt"
    ! grep -qE 'NEEDED|TEXTREL' "$file.txt" || fail "needs a library, or has text relocations"
    ! grep -q '@' "$file.txt" || fail "has versions of symbols"
    grep -A7 PT_GNU_STACK "$file.txt" | grep -q PF_X && fail "wants an executable stack"
    return 0
}
read_macos() {
    # What binds functions of the system when they are first called; the linker names it also where there are none.
    allowed=dyld_stub_binder
    [ "$platform" = macos-x86_64 ] || allowed="_sysctlbyname dyld_stub_binder"
    same exports "$(llvm-nm-19 -g --defined-only -j "$file" | sed 's/^_//' | sort)" "$(functions)"
    same "undefined symbols" "$(echo $(llvm-nm-19 -u -j "$file"))" "$allowed"
    llvm-objdump-19 --macho --private-headers "$file" >"$file.txt"
    same "oldest macOS" "$(sed -n 's/^ *minos //p' "$file.txt")" 12.0
    grep -q LC_CODE_SIGNATURE "$file.txt" || fail "is not signed"
    same libraries "$(sed -n 's/^ *name \(.*dylib\) .*/\1/p' "$file.txt" | tr '\n' ' ')" \
        "@rpath/libbitnet_cpu.dylib /usr/lib/libSystem.B.dylib "
}
read_windows() {
    same exports "$(llvm-readobj-19 --coff-exports "$file" | sed -n 's/^ *Name: //p' | sort)" "$(functions)"
    same imports "$(llvm-readobj-19 --coff-imports "$file" | grep -c 'Name:' || true)" 0
    llvm-readobj-19 --file-headers "$file" >"$file.txt"
    for characteristic in DYNAMIC_BASE NX_COMPAT HIGH_ENTROPY_VA; do
        grep -q "$characteristic" "$file.txt" || fail "lacks $characteristic"
    done
}

# The runner is compiled by mingw's gcc, whose C library it has; the kernels are those of the DLL. It computes what it expects
# by fma instructions, because that library's fma rounds twice.
run_windows() {
    wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
    if [ ! -x "$wine" ] || ! command -v x86_64-w64-mingw32-gcc >/dev/null 2>&1; then
        echo "native/test-platforms.sh: $platform is not run: there is no wine64 or no x86_64-w64-mingw32-gcc" >&2
        [ "${BITNET_CI:-}" = 1 ] && exit 1
        return 0
    fi
    x86_64-w64-mingw32-gcc -std=c17 -O2 -mavx2 -mfma -ffp-contract=off -D__USE_MINGW_ANSI_STDIO=1 -Inative/cpu/include \
        -o "$build/$platform/bitnet_cpu_test.exe" native/cpu/test/*.c "$file"
    WINEPREFIX=$(cd "$build" && pwd)/wine WINEDEBUG=-all
    export WINEPREFIX WINEDEBUG
    for isa in baseline avx2 avx512 avx512-words; do
        "$wine" "$build/$platform/bitnet_cpu_test.exe" "$isa" >"$build/$platform/run.txt" 2>&1 ||
            grep -q 'not here' "$build/$platform/run.txt" || { cat "$build/$platform/run.txt" >&2; fail "$isa failed"; }
        sed "s/^/$platform, wine64: /" "$build/$platform/run.txt" | tr -d '\r' | grep -v wine: || true
    done
}

for platform in "$@"; do
    if ! { cmake -S native/cpu -B "$build/$platform" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_TOOLCHAIN_FILE="$PWD/native/cross.cmake" -DBITNET_PLATFORM="$platform" &&
        cmake --build "$build/$platform" --target bitnet_cpu; } >"$build/$platform.log" 2>&1; then
        cat "$build/$platform.log" >&2
        exit 1
    fi
    case $platform in
        linux-*) name=libbitnet_cpu.so ;;
        macos-*) name=libbitnet_cpu.dylib ;;
        windows-*) name=bitnet_cpu.dll ;;
    esac
    file=$build/$platform/$name
    "read_${platform%%-*}"
    echo "$platform: headers checked, $(wc -c <"$file") bytes"
    # The machine's own library is built by its own tools.
    if [ -f "$jar/$platform/$name" ] && [ "$platform" != "$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)" ]; then
        cmp "$file" "$jar/$platform/$name" || fail "two builds differ"
        echo "$platform: as the jar has it"
    fi
    [ "$platform" != windows-x86_64 ] || run_windows
    [ "$platform" != "linux-$(uname -m)" ] || native/test-musl.sh "$file"
done
