# BITNET_SANITIZE says what instruments kernels and tests: address (with undefined behaviour), thread, coverage or
# nothing. INSTRUMENT has the options.
set(BITNET_SANITIZE "" CACHE STRING "address, thread, coverage or nothing")
set(INSTRUMENT "")
if(BITNET_SANITIZE STREQUAL "address")
  set(INSTRUMENT -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(BITNET_SANITIZE STREQUAL "thread")
  set(INSTRUMENT -fsanitize=thread)
elseif(BITNET_SANITIZE STREQUAL "coverage")
  set(INSTRUMENT -fprofile-instr-generate -fcoverage-mapping)
endif()
