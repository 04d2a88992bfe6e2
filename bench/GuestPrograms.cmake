# How guest programs are built: freestanding 32-bit x86 images.
#
#   add_guest_program(NAME SOURCES... [SYSTEM] [LEVELS O0 O1 ...] [DIRECTORY DIR] [IMAGE NAME] [INCLUDES DIR...]
#                     [OPTIONS FLAG...] [LIBRARIES LIB...])
# builds <name>.elf (at -O2) and <name>-<level>.elf for the other levels (O2 alone if none is given) in DIRECTORY (the current
# binary directory), with the runtime of bench/runtime compiled at that level too. IMAGE is a file name other than the
# target's. SYSTEM adds bench/system: descriptor tables, traps, paging. OPTIONS are for the compiler of the program.
#   add_host_program(NAME SOURCES...)
# builds the same program for the host: host/<name>.
enable_language(ASM)

set(GUEST_LEVELS O0 O1 O2 O3 Os)
set(GUEST_RUNTIME ${CMAKE_CURRENT_LIST_DIR}/runtime)
set(GUEST_SYSTEM ${CMAKE_CURRENT_LIST_DIR}/system)

# What a guest is: i686 integer code. Without x87, MMX and SSE the compiler cannot use them by itself.
set(GUEST_MACHINE -m32 -march=i686 -mno-mmx -mno-sse -mno-80387)
# The compiler's own headers (stdint.h, stdarg.h ...), and none of the host's C library.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
                OUTPUT_VARIABLE GUEST_COMPILER_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${CMAKE_C_COMPILER} -m32 -print-libgcc-file-name
                OUTPUT_VARIABLE GUEST_LIBGCC OUTPUT_STRIP_TRAILING_WHITESPACE)
set(GUEST_HEADERS -nostdinc "SHELL:-isystem ${GUEST_RUNTIME}/include" "SHELL:-isystem ${GUEST_COMPILER_INCLUDE}")
set(GUEST_COMPILE ${GUEST_MACHINE} -ffreestanding -fno-pic -fno-pie -fno-stack-protector
    -fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns)
# Programs may have their memcpy of four bytes inline, as any program has; the runtime defines these functions.
set(GUEST_PROGRAM_COMPILE -fbuiltin)
set(GUEST_LINK -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096
    -Wl,-z,norelro -T ${GUEST_RUNTIME}/guest.ld)
set(GUEST_WARNINGS -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror)
set(GUEST_STANDARD $<$<COMPILE_LANGUAGE:C>:-std=gnu17>)

function(add_guest_program name)
  cmake_parse_arguments(arg "SYSTEM" "DIRECTORY;IMAGE" "SOURCES;LEVELS;INCLUDES;OPTIONS;LIBRARIES" ${ARGN})
  if(NOT arg_LEVELS)
    set(arg_LEVELS O2)
  endif()
  if(NOT arg_DIRECTORY)
    set(arg_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  if(NOT arg_IMAGE)
    set(arg_IMAGE ${name})
  endif()
  if(arg_SYSTEM)
    list(APPEND arg_SOURCES ${GUEST_SYSTEM}/descriptors.c ${GUEST_SYSTEM}/devices.c ${GUEST_SYSTEM}/stubs.S)
    list(APPEND arg_INCLUDES ${GUEST_SYSTEM} ${GUEST_RUNTIME})
  endif()
  foreach(level ${arg_LEVELS})
    set(target guest_${name}_${level})
    set(image ${arg_IMAGE}-${level})
    if(level STREQUAL O2)
      set(image ${arg_IMAGE})
    endif()
    add_executable(${target} ${arg_SOURCES} $<TARGET_OBJECTS:guest_runtime_${level}>)
    set_target_properties(${target} PROPERTIES
      OUTPUT_NAME ${image} SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${arg_DIRECTORY} LINK_DEPENDS ${GUEST_RUNTIME}/guest.ld)
    target_compile_options(${target} PRIVATE
      ${GUEST_STANDARD} ${GUEST_COMPILE} ${GUEST_PROGRAM_COMPILE} ${GUEST_HEADERS} ${GUEST_WARNINGS} -${level}
      ${arg_OPTIONS})
    foreach(directory ${arg_INCLUDES})
      target_compile_options(${target} PRIVATE "SHELL:-idirafter ${directory}")
    endforeach()
    target_link_options(${target} PRIVATE ${GUEST_LINK})
    target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} ${GUEST_LIBGCC})
    set_property(GLOBAL APPEND PROPERTY VEIL_GUEST_IMAGES ${arg_DIRECTORY}/${image}.elf)
    if(arg_SYSTEM)
      set_property(GLOBAL APPEND PROPERTY VEIL_SYSTEM_IMAGES ${arg_DIRECTORY}/${image}.elf)
    endif()
  endforeach()
endfunction()

# On the host the processor itself gives the reference.
function(add_host_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;INCLUDES" ${ARGN})
  add_executable(host_${name} ${arg_SOURCES} ${GUEST_RUNTIME}/host.c ${GUEST_RUNTIME}/check.c)
  set_target_properties(host_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/host)
  target_compile_definitions(host_${name} PRIVATE VEIL_ON_HOST)
  target_compile_options(host_${name} PRIVATE
    ${GUEST_STANDARD} -m32 -fno-pic -fno-pie -O2 "SHELL:-idirafter ${GUEST_RUNTIME}/include" ${GUEST_WARNINGS})
  target_link_options(host_${name} PRIVATE -m32 -no-pie)
endfunction()

