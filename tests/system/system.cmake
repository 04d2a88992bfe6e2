# Tests of the guest's system side. Labels: system with those of CMakeLists.txt.
add_system_test(guest.qemu.kernel SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${images}/kernel.elf)
add_system_test(guest.qemu.inject SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${instructions}/inject.elf)
add_system_test(guest.qemu.faults SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS --append judge=qemu ${instructions}/faults.elf)
add_system_test(guest.qemu.codewrite SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${instructions}/codewrite.elf)
if(TARGET veil)
  add_system_test(guest.codewrites SCRIPT codewrites.py TIMEOUT 300 LABELS "matrix;system"
    ARGUMENTS --veil ${VEIL_COMMAND} ${instructions}/codewrite.elf)
endif()
# The PC's devices: by their ports, and with interrupts (a reset by the keyboard controller ends that run).
add_system_test(guest.qemu.devices SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} ${instructions}/devices.elf)
add_system_test(guest.qemu.devices.interrupts SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} --append irq=1 --status 0 ${instructions}/devices.elf)
