# The way into a handler and back: one stub for each vector pushes error code and vector, `common` the registers
# (struct frame of system.h).

        .set    KERNEL_DATA, 0x10
        .set    FRAME_CS, 15 * 4                # offset of cs in struct frame

        .text
        .altmacro
        .macro  stub vector
stub_\vector:
        .if     \vector != 8 && (\vector < 10 || \vector > 14) && \vector != 17
        pushl   $0                              # the processor pushes no error code
        .endif
        pushl   $\vector
        jmp     common
        .pushsection .rodata
        .long   stub_\vector
        .popsection
        .endm

        .section .rodata
        .balign 4
        .globl  system_stubs
system_stubs:
        .text
        .set    vector, 0
        .rept   256
        stub    %vector
        .set    vector, vector + 1
        .endr

common: pushal
        pushl   %ds
        pushl   %es
        pushl   %fs
        pushl   %gs
        movl    $KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        cld
        movl    %esp, %eax
        testb   $3, FRAME_CS(%esp)
        jz      1f
        movl    system_stack_top, %esp          # the frame stays where the TSS has put it
1:      pushl   %eax
        call    system_trap
        pushl   %eax
        pushl   %eax                            # in the return address's place

        .globl  system_resume
        .type   system_resume, @function
system_resume:
        movl    4(%esp), %esp
        popl    %gs
        popl    %fs
        popl    %es
        popl    %ds
        popal
        addl    $8, %esp                        # vector, error code
        iret

        .section .note.GNU-stack, "", @progbits
