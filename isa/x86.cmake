# Generates the decoder's tables from isa/x86.toml into build/gen (target veil_x86_tables).
include_guard(GLOBAL)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(VEIL_X86_GEN ${PROJECT_BINARY_DIR}/gen)
add_custom_command(
  OUTPUT ${VEIL_X86_GEN}/x86.stamp
  BYPRODUCTS ${VEIL_X86_GEN}/include/veil/x86/table.h ${VEIL_X86_GEN}/include/veil/x86/table.inc ${VEIL_X86_GEN}/docs/x86-isa.md
  COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/isa/gen/x86_gen.py ${PROJECT_SOURCE_DIR}/isa/x86.toml
          ${VEIL_X86_GEN}
  COMMAND ${CMAKE_COMMAND} -E touch ${VEIL_X86_GEN}/x86.stamp
  DEPENDS ${PROJECT_SOURCE_DIR}/isa/gen/x86_gen.py ${PROJECT_SOURCE_DIR}/isa/x86.toml
  COMMENT "Generating the tables of the guest's instructions"
  VERBATIM)
add_custom_target(veil_x86_tables DEPENDS ${VEIL_X86_GEN}/x86.stamp)
