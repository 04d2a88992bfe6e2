// Where system registers and selectors are in the guest state block ([guest_state] of isa/platform.toml).
#pragma once

#include <cstdint>

#include "veil/isa/platform.h"
#include "veil/x86/interpreter_machine.h"

namespace veil::x86 {

// By SystemRegister
inline constexpr uint16_t kSystemWords[] = {
    platform::guest_state::cr0,      platform::guest_state::cr2,       platform::guest_state::cr3,
    platform::guest_state::cr4,      platform::guest_state::gdt_base,  platform::guest_state::gdt_limit,
    platform::guest_state::idt_base, platform::guest_state::idt_limit, platform::guest_state::ldt,
    platform::guest_state::ldt_base, platform::guest_state::ldt_limit, platform::guest_state::ldt_attr,
    platform::guest_state::tr,       platform::guest_state::tr_base,   platform::guest_state::tr_limit,
    platform::guest_state::tr_attr,  platform::guest_state::dr0,       platform::guest_state::dr1,
    platform::guest_state::dr2,      platform::guest_state::dr3,       platform::guest_state::dr6,
    platform::guest_state::dr7,
};

constexpr uint32_t system_word(SystemRegister r) { return kSystemWords[static_cast<unsigned>(r)]; }
constexpr uint32_t selector_word(Seg s) { return platform::guest_state::es + 4 * static_cast<uint32_t>(s); }

}  // namespace veil::x86
