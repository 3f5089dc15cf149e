# Toolchain for Linux on AArch64, from any Linux with Debian's gcc-aarch64-linux-gnu (native/setup.sh cpu): clang-19 where
# it is, with that package's linker and C library.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
find_program(BITNET_CROSS_CLANG clang-19)
if(BITNET_CROSS_CLANG)
  set(CMAKE_C_COMPILER ${BITNET_CROSS_CLANG})
  set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
else()
  set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
endif()
