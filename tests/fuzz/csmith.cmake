# csmith_campaign.py compiles outside CMake, with these response files: the flags of bench/GuestPrograms.cmake.
include(${CMAKE_SOURCE_DIR}/bench/GuestPrograms.cmake)
string(REPLACE "SHELL:" "" flags "${GUEST_COMPILE};${GUEST_PROGRAM_COMPILE};${GUEST_HEADERS};-std=gnu17")
string(REPLACE ";" "\n" flags "${flags}")
string(REPLACE ";" "\n" link "${GUEST_LINK}")
foreach(level ${GUEST_LEVELS})
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/compile-${level}.rsp CONTENT "${flags}\n-${level}\n")
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/link-${level}.rsp
       CONTENT "$<JOIN:$<TARGET_OBJECTS:guest_runtime_${level}>,\n>\n${link}\n${GUEST_LIBGCC}\n")
endforeach()

# Seeds whose programs are short (20,000 to 90,000 instructions with csmith 2.3.0 of Debian 12); among them all levels.
set(csmith_seeds 4 8 10 22 38 46 51 55)
set(csmith ${CMAKE_CURRENT_SOURCE_DIR}/csmith_campaign.py --toolchain ${CMAKE_CURRENT_BINARY_DIR}
    --keep ${CMAKE_BINARY_DIR}/csmith-differences)
set(widths w1 w2 w4)
set(at 0)
foreach(seed ${csmith_seeds})
  set(ways)
  math(EXPR width "${at} % 3")
  list(GET widths ${width} width)
  set(ways --veil ${CMAKE_BINARY_DIR}/veil --variant iss:gear1 --variant iss:gear2 --variant iss:hot1 --variant iss:block1
           --variant iss:tinycache --variant iss:rollback --variant check:gear2)
  if(TARGET veil_rtl)
    list(APPEND ways --variant ${width}:gear2)
  endif()
  math(EXPR at "${at} + 1")
  add_test(NAME guest.csmith.${seed} COMMAND Python3::Interpreter ${csmith} ${ways} --strict --seed ${seed})
  set_tests_properties(guest.csmith.${seed} PROPERTIES LABELS "guest;csmith")
  veil_time_limit(900 guest.csmith.${seed})
endforeach()
