# Links the library for BITNET_PLATFORM (native/cross.cmake) by lld alone. What it may take from the platform is listed
# here: on macOS the function that tells instruction sets, and elsewhere nothing.
add_library(bitnet_cpu_alone OBJECT src/memory.c src/windows.c)
target_link_libraries(bitnet_cpu_alone PRIVATE bitnet_cpu_flags)
set(objects $<TARGET_OBJECTS:bitnet_cpu_alone> $<TARGET_PROPERTY:bitnet_cpu_parts,INTERFACE_SOURCES>)

if(BITNET_PLATFORM MATCHES "^linux")
  set(file libbitnet_cpu.so)
  set(link ld.lld-19 -shared -soname ${file} --no-undefined -z noexecstack -z text --build-id=none -o ${file})
elseif(BITNET_PLATFORM MATCHES "^macos")
  set(file libbitnet_cpu.dylib)
  string(REGEX REPLACE "-.*" "" arch ${BITNET_TRIPLE})
  # A signature of its own hash: Apple silicon runs nothing without one.
  set(link ld64.lld-19 -dylib -arch ${arch} -platform_version macos 12.0 12.0 -adhoc_codesign -install_name
           @rpath/${file} -o ${file} ${CMAKE_CURRENT_SOURCE_DIR}/src/libSystem.tbd)
else()
  set(file bitnet_cpu.dll)
  set(link lld-link-19 /nologo /dll /noentry /nodefaultlib /Brepro /out:${file})
endif()
add_custom_command(
  OUTPUT ${file}
  COMMAND ${link} ${objects}
  DEPENDS ${objects}
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(bitnet_cpu DEPENDS ${file})
