# First instructions of a guest: multiboot header, stack, call into C.
# The loader enters at _start in flat 32-bit protected mode, paging and interrupts off, EAX = magic,
# EBX = multiboot information (Multiboot Specification 0.6.96, sections 3.1 and 3.2).

        .set MULTIBOOT_MAGIC, 0x1badb002
        .set MULTIBOOT_FLAGS, 0x00000003        # modules page aligned; memory information wanted

        .section .multiboot, "a", @progbits
        .balign 4
        .long   MULTIBOOT_MAGIC
        .long   MULTIBOOT_FLAGS
        .long   -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

        .text
        .globl  _start
        .type   _start, @function
_start:
        movl    $guest_stack_top, %esp
        xorl    %ebp, %ebp                      # ends a chain of frames
        pushl   $0
        popfl                                   # the specification leaves EFLAGS open but for IF and VM
        pushl   $0                              # keeps ESP 16-byte aligned at the call, as the i386 ABI wants
        pushl   $0
        pushl   %ebx
        pushl   %eax
        call    guest_start
halt:   hlt                                     # not reached: guest_start leaves through port 0xf4
        jmp     halt
        .size   _start, . - _start

        .section .bss.stack, "aw", @nobits
        .balign 16
guest_stack:
        .skip   0x20000
        .globl  guest_stack_top
guest_stack_top:

        .section .note.GNU-stack, "", @progbits
