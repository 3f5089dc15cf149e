# Toolchain for another platform than the one that builds, which BITNET_PLATFORM names: linux-x86_64, linux-aarch64,
# macos-x86_64, macos-aarch64, windows-x86_64 or windows-aarch64. clang 19 compiles for it, and lld links without
# anything of that platform (native/cpu/cross.cmake), since the kernels need no C library.
set(CMAKE_SYSTEM_NAME Generic)
string(REGEX REPLACE "^[a-z]*-" "" CMAKE_SYSTEM_PROCESSOR "${BITNET_PLATFORM}")
set(triple_linux-x86_64 x86_64-linux-gnu)
set(triple_linux-aarch64 aarch64-linux-gnu)
set(triple_macos-x86_64 x86_64-apple-macos12)
set(triple_macos-aarch64 arm64-apple-macos12)
set(triple_windows-x86_64 x86_64-pc-windows-msvc)
set(triple_windows-aarch64 aarch64-pc-windows-msvc)
set(CMAKE_C_COMPILER clang-19)
set(BITNET_TRIPLE ${triple_${BITNET_PLATFORM}})
set(CMAKE_C_FLAGS_INIT --target=${BITNET_TRIPLE})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BITNET_PLATFORM)
