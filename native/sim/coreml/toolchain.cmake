# What compiles Objective-C++ with blocks here: clang, GNUstep's Foundation and GCC's Objective-C runtime. Where one of them
# is missing, the build goes on without the double.
function(bitnet_leave_out reason)
  message(STATUS "[bitnet] left out: ${reason}") # native/Build.java looks for these words
  message(FATAL_ERROR "nothing to build")
endfunction()

find_program(BITNET_CLANGXX NAMES clang++-19 clang++)
if(NOT BITNET_CLANGXX)
  bitnet_leave_out("there is no clang++ (native/setup.sh coreml)")
endif()
set(CMAKE_CXX_COMPILER ${BITNET_CLANGXX})
set(CMAKE_OBJCXX_COMPILER ${BITNET_CLANGXX})

find_path(GNUSTEP_INCLUDE Foundation/Foundation.h PATHS /usr/include/GNUstep NO_DEFAULT_PATH)
file(GLOB GCC_DIRECTORIES /usr/lib/gcc/*-linux-gnu/*)
find_path(GCC_OBJC_INCLUDE objc/objc.h PATHS ${GCC_DIRECTORIES} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_path(BLOCKS_INCLUDE Block.h PATHS /usr/include NO_DEFAULT_PATH)
if(NOT GNUSTEP_INCLUDE OR NOT GCC_OBJC_INCLUDE OR NOT BLOCKS_INCLUDE)
  bitnet_leave_out("there is no GNUstep, no Objective-C runtime or no block runtime (native/setup.sh coreml)")
endif()
