# The RTL in an order that every tool accepts: packages first. Sets VEIL_RTL_SOURCES, and what they include:
# VEIL_RTL_HEADERS in VEIL_RTL_INCLUDE.
set(VEIL_RTL_INCLUDE ${CMAKE_SOURCE_DIR}/rtl/include)
set(VEIL_RTL_HEADERS ${VEIL_RTL_INCLUDE}/veil_assert.svh)
set(VEIL_RTL_SOURCES ${VEIL_GEN}/rtl/veil_isa_pkg.sv ${VEIL_GEN}/rtl/veil_config_pkg.sv
                     ${CMAKE_SOURCE_DIR}/rtl/core/veil_core_pkg.sv)
file(GLOB_RECURSE veil_rtl_modules CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rtl/memory/*.sv ${CMAKE_SOURCE_DIR}/rtl/core/*.sv
     ${CMAKE_SOURCE_DIR}/rtl/soc/*.sv)
list(REMOVE_ITEM veil_rtl_modules ${CMAKE_SOURCE_DIR}/rtl/core/veil_core_pkg.sv)
list(APPEND VEIL_RTL_SOURCES ${veil_rtl_modules})
