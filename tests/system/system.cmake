# Tests of the guest's system side. Labels: system with those of CMakeLists.txt.
add_system_test(guest.qemu.kernel SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} ${images}/kernel.elf)
add_system_test(guest.qemu.inject SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} ${instructions}/inject.elf)
add_system_test(guest.qemu.faults SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} --append judge=qemu ${instructions}/faults.elf)
add_system_test(guest.qemu.codewrite SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} ${instructions}/codewrite.elf)
add_system_test(guest.qemu.progress SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${instructions}/progress.elf)
add_system_test(guest.qemu.remap SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} ${instructions}/remap.elf)
# The host's own processor is the judge of faults in read-modify-write operands.
add_test(NAME guest.host.rmw COMMAND ${instructions}/host/rmw)
set_tests_properties(guest.host.rmw PROPERTIES LABELS "guest;system")
veil_time_limit(60 guest.host.rmw)
# Timer interrupts, tasks and page faults find every configuration at exactly the same instructions.
foreach(image ${images}/kernel.elf ${instructions}/inject.elf ${instructions}/faults.elf ${instructions}/progress.elf
        ${instructions}/codewrite.elf ${instructions}/remap.elf ${instructions}/rmw.elf ${instructions}/corners.elf)
  get_filename_component(name ${image} NAME_WE)
  add_system_test(guest.matrix.system.${name} SCRIPT matrix.py TIMEOUT 600 LABELS "matrix;system"
    ARGUMENTS --veil ${VEIL_COMMAND} ${image}
              --variant iss:gear2 --variant iss:hot1 --variant iss:block1 --variant iss:tinycache
              --variant iss:rollback --variant iss:blocks20 --variant iss-w1:gear2)
endforeach()
add_system_test(guest.inject SCRIPT inject.py TIMEOUT 300 LABELS "matrix;system"
  ARGUMENTS --veil ${VEIL_COMMAND} --stride 17 --variant iss:gear1 --variant iss:hot1 ${instructions}/inject.elf)
# Concealed memory under attack: some pages of each region (make attack: all of them).
add_system_test(guest.attack SCRIPT attack.py TIMEOUT 300 LABELS "matrix;system"
  ARGUMENTS --veil ${VEIL_COMMAND} --variant iss:gear1 --variant iss:hot1 ${instructions}/attack.elf)
add_system_test(guest.codewrites SCRIPT codewrites.py TIMEOUT 300 LABELS "matrix;system"
  ARGUMENTS --veil ${VEIL_COMMAND} ${instructions}/codewrite.elf)
# Beside an independent x86, which follows rings, segments, paging and exceptions.
foreach(image ${images}/kernel.elf ${instructions}/inject.elf ${instructions}/rings.elf ${instructions}/devices.elf
        ${instructions}/remap.elf ${instructions}/corners.elf ${instructions}/rmw.elf)
  get_filename_component(name ${image} NAME_WE)
  add_system_test(guest.check.system.${name} SCRIPT matrix.py TIMEOUT 300 LABELS "matrix;system"
    ARGUMENTS --veil ${VEIL_COMMAND} --append n=1 ${image} --variant check:hot1)
endforeach()
# A machine that is saved and goes on: on the ISS, with translations or without, and on cores of other widths.
add_system_test(guest.snapshot.kernel SCRIPT snapshots.py TIMEOUT 600 LABELS "matrix;system"
  ARGUMENTS --veil ${VEIL_COMMAND} --at 1,300000,1234567 --from iss:gear3 --to iss:gear3 --to iss:gear1 --to iss-w1:gear2 --to check:hot1
            ${images}/kernel.elf)
if(TARGET veil_rtl)
  add_system_test(guest.snapshot.engines SCRIPT snapshots.py TIMEOUT 900 LABELS "lockstep;system"
    ARGUMENTS --veil ${VEIL_COMMAND} --at 20000 --from iss:gear2 --to rtl-w4:gear2 --to w1:gear1 ${instructions}/inject.elf)
  add_system_test(guest.snapshot.core SCRIPT snapshots.py TIMEOUT 900 LABELS "lockstep;system"
    ARGUMENTS --veil ${VEIL_COMMAND} --at 20000 --from rtl-w4:gear2 --to iss:gear2 --to iss-w2:gear3 ${instructions}/inject.elf)
endif()
# The PC's devices: by their ports, and with interrupts (a reset by the keyboard controller ends that run).
add_system_test(guest.qemu.devices SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} ${instructions}/devices.elf)
add_system_test(guest.qemu.devices.interrupts SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
  ARGUMENTS ${with_veil} --append irq=1 --status 0 ${instructions}/devices.elf)
# Segments, gates, rings: on QEMU, on the semantics alone (HostMachine, unit/x86), and on Veil.
foreach(test segments gates rings)
  add_system_test(guest.qemu.${test} SCRIPT compare_qemu.py TIMEOUT 300 LABELS "qemu;system"
    ARGUMENTS ${with_veil} --machine $<TARGET_FILE:x86_system_run> ${instructions}/${test}.elf)
endforeach()
foreach(test gates limits)
  add_system_test(guest.matrix.system.${test} SCRIPT matrix.py TIMEOUT 300 LABELS "matrix;system"
    ARGUMENTS --veil ${VEIL_COMMAND} --append n=1 --variant iss:hot1 --variant iss:rollback ${instructions}/${test}.elf)
endforeach()
if(TARGET veil_rtl)
  # A program of the kernel's at each width, in lockstep with the ISS and the independent x86; an attack.
  set(width 1)
  foreach(program turns copies patch)
    add_system_test(guest.lockstep.kernel.${program} SCRIPT matrix.py TIMEOUT 900 LABELS "lockstep;system"
      ARGUMENTS --veil ${VEIL_COMMAND} --append "n=1 run=${program}" --variant w${width}:gear2 ${images}/kernel.elf)
    math(EXPR width "${width} * 2")
  endforeach()
  # A page that changes its frame without a flush may differ from another processor's run for a moment: no checker beside.
  add_system_test(guest.rtl.remap SCRIPT matrix.py TIMEOUT 900 LABELS "lockstep;system"
    ARGUMENTS --veil ${VEIL_COMMAND} --variant rtl-w4:gear2 ${instructions}/remap.elf)
  add_system_test(guest.lockstep.attack SCRIPT attack.py TIMEOUT 900 LABELS "lockstep;system"
    ARGUMENTS --veil ${VEIL_COMMAND} --attack ring3 --variant iss:gear1 --variant w2:hot1 ${instructions}/attack.elf)
endif()
# A translation cache under pressure: every translation evicts another.
foreach(image ${images}/kernel.elf ${images}/bytecode.elf ${instructions}/codewrite.elf ${instructions}/progress.elf
        ${instructions}/remap.elf ${instructions}/rmw.elf ${instructions}/corners.elf)
  get_filename_component(name ${image} NAME_WE)
  add_system_test(guest.matrix.pressure.${name} SCRIPT matrix.py TIMEOUT 300 LABELS "matrix;system"
    ARGUMENTS --veil ${VEIL_COMMAND} --append "n=1 run=patch" --variant iss:cache20 --variant iss:cache1 ${image})
endforeach()
