# Sources of the gear-2 translator (the decoder has its own library, veil_x86). Used by the host library and by the
# firmware's RV32 build.
set(VEIL_TRANSLATOR_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/translate.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lift/ir_machine.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lift/lift.cpp
    ${CMAKE_CURRENT_LIST_DIR}/ir/block.cpp
    ${CMAKE_CURRENT_LIST_DIR}/ir/verify.cpp
    ${CMAKE_CURRENT_LIST_DIR}/passes/dead_flags.cpp
    ${CMAKE_CURRENT_LIST_DIR}/passes/simplify.cpp
    ${CMAKE_CURRENT_LIST_DIR}/passes/address.cpp
    ${CMAKE_CURRENT_LIST_DIR}/passes/dead_code.cpp
    ${CMAKE_CURRENT_LIST_DIR}/backend/order.cpp
    ${CMAKE_CURRENT_LIST_DIR}/backend/lower.cpp
    ${CMAKE_CURRENT_LIST_DIR}/backend/schedule.cpp
    ${CMAKE_CURRENT_LIST_DIR}/backend/emit.cpp
    ${CMAKE_CURRENT_LIST_DIR}/backend/repeat.cpp
    ${CMAKE_CURRENT_LIST_DIR}/backend/link.cpp
    ${CMAKE_CURRENT_LIST_DIR}/quick/pack.cpp
    ${CMAKE_CURRENT_LIST_DIR}/quick/quick.cpp
    ${CMAKE_CURRENT_LIST_DIR}/quick/quick_machine.cpp)
