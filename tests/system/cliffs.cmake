# A test for each row of bench/cliffs/cliffs.toml: it checks the row's bound.
if(TARGET veil AND TARGET veil_rtl)
  set(cliff_rows ${CMAKE_SOURCE_DIR}/bench/cliffs/cliffs.toml)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${cliff_rows})
  file(STRINGS ${cliff_rows} headers REGEX "^\\[[a-z0-9_-]+\\]$")
  foreach(header ${headers})
    string(REGEX REPLACE "[][]" "" row "${header}")
    add_test(NAME cliffs.${row} COMMAND Python3::Interpreter -B ${CMAKE_SOURCE_DIR}/tools/cliffs --check --jobs 1
             --build ${CMAKE_BINARY_DIR} ${row})
    set_tests_properties(cliffs.${row} PROPERTIES LABELS "guest;cliffs")
    veil_time_limit(600 cliffs.${row})
  endforeach()
endif()
