# Code for tests of the system side (attempt.h): EAX holds a selector or value, EDX an address, and so on; each ends with int 0x81.

        .set    END, 0x81
        .set    KERNEL_DATA, 0x10

        .macro  code name, text:vararg
        .balign 16
        .globl  code_\name
code_\name:
        \text
        int     $END
        .endm
        .macro  code2 name, first, text:vararg
        .balign 16
        .globl  code_\name
code_\name:
        \first
        \text
        int     $END
        .endm

        .text
        code    mov_ds, movl %eax, %ds
        code    mov_es, movl %eax, %es
        code    mov_fs, movl %eax, %fs
        code    mov_gs, movl %eax, %gs
        code2   mov_ss, "movl %eax, %ss", nop
        code2   pop_ds, "pushl %eax", popl %ds
        code2   pop_es, "pushl %eax", popl %es
        code2   pop_ss, "pushl %eax", popl %ss
        code2   pop_fs, "pushl %eax", popl %fs
        code2   pop_gs, "pushl %eax", popl %gs
        .macro  far_load name, what
        .balign 16
        .globl  code_\name
code_\name:
        pushl   %eax
        pushl   %edx
        \what   (%esp), %ebx
        int     $END
        .endm
        far_load lds, lds
        far_load les, les
        far_load lss, lss
        far_load lfs, lfs
        far_load lgs, lgs
        code    lar, lar %eax, %ecx
        code    lsl, lsl %eax, %ecx
        code    lar16, larw %ax, %cx
        code    lsl16, lslw %ax, %cx
        code    verr, verr %ax
        code    verw, verw %ax
        code    arpl, arpl %bx, %ax
        code    lldt, lldt %ax
        code    ltr, ltr %ax
        code    sldt, sldt %eax
        code    str, str %eax
        .macro  far_jump name, what:vararg
        .balign 16
        .globl  code_\name
code_\name:
        pushl   %eax
        pushl   %edx
        \what
        int     $END
        .endm
        far_jump jmp_far, ljmp *(%esp)
        far_jump call_far, lcall *(%esp)
        .macro  far_return name, what:vararg
        .balign 16
        .globl  code_\name
code_\name:
        pushl   %ebx
        pushl   %ecx
        pushl   %eax
        pushl   %edx
        \what
        int     $END
        .endm
        far_return ret_far, lret
        .balign 16
        .globl  code_ret_far_8, code_iret, code_iret16
code_ret_far_8:
        pushl   %ebx
        pushl   %ecx
        pushl   $0x11
        pushl   $0x22
        pushl   %eax
        pushl   %edx
        lret    $8
code_iret:
        pushl   %ebx
        pushl   %ecx
        pushl   %esi
        pushl   %eax
        pushl   %edx
        iret
code_iret16:
        pushw   %bx
        pushw   %cx
        pushw   %si
        pushw   %ax
        pushw   %dx
        iretw
        code    land, nop
        code    int_80, int $0x80
        code    int_82, int $0x82
        code    int3, int3
        code2   into, "addl %eax, %eax", into
        code    int1, .byte 0xf1
        code    hlt, hlt
        code    cli, cli
        code    sti, sti
        .balign 16
        .globl  code_popf, code_popf16, code_pushf
code_popf:
        pushl   %eax
        popfl
        nop
        int     $END
code_popf16:
        pushw   %ax
        popfw
        nop
        int     $END
code_pushf:
        pushfl
        popl    %eax
        int     $END
        code    in8, inb %dx, %al
        code    in16, inw %dx, %ax
        code    in32, inl %dx, %eax
        code    out8, outb %al, %dx
        code    insb, insb
        code    outsb, outsb
        code    lgdt, lgdt (%ecx)
        code    lidt, lidt (%ecx)
        code    lmsw, lmsw %ax
        code    smsw, smsw %eax
        code    clts, clts
        code    invlpg, invlpg (%ecx)
        code    wbinvd, wbinvd
        code    mov_cr0, movl %cr0, %eax
        code    mov_cr3, movl %cr3, %eax
        code    mov_to_cr0, movl %eax, %cr0
        code    mov_to_cr2, movl %eax, %cr2
        code    mov_to_cr4, movl %eax, %cr4
        code    mov_dr, movl %dr7, %eax
        code    mov_to_dr, movl %eax, %dr7
        code    ud2, ud2
        code    div, divl %ecx
        code    bound, bound %eax, (%ecx)
        code2   sgdt, "sgdt -8(%esp)", movl -6(%esp), %eax
        .balign 16
        .globl  code_steps, code_steps_ss, code_steps_int, code_steps_rep, code_steps_popf
code_steps:
        movl    $1, %eax
        addl    $2, %eax
        pushl   %eax
        popl    %ecx
        int     $END
code_steps_ss:                                  # what follows mov ss is not stepped
        movl    %ss, %eax
        movl    %eax, %ss
        nop
        nop
        int     $END
code_steps_int:
        nop
        int     $END
code_steps_rep:
        movl    $3, %ecx
        rep stosb
        nop
        int     $END
code_steps_popf:
        pushl   %eax
        popfl                                   # sets or clears TF
        nop
        nop
        int     $END
        .balign 16
        .globl  code_load, code_store, code_end
code_load:                                      # through the selector in EAX
        movl    %eax, %ds
        movb    (%ecx), %dl
        int     $END
code_store:
        movl    %eax, %ds
        orb     $0, (%ecx)
        int     $END
code_end:
        int     $END

        .globl  attempt_enter, attempt_leave
attempt_enter:                                  # (struct frame*): to where it points
        movl    4(%esp), %eax
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        pushl   %ebp
        movl    %esp, kernel_esp
        pushl   %eax
        call    system_resume
attempt_leave:                                  # comes back from attempt_enter
        movl    $KERNEL_DATA, %eax
        movl    %eax, %ss
        movl    kernel_esp, %esp
        movl    %eax, %fs
        movl    %eax, %gs
        pushl   $2
        popfl
        popl    %ebp
        popl    %edi
        popl    %esi
        popl    %ebx
        ret
        .lcomm  kernel_esp, 4

        .section .note.GNU-stack, "", @progbits
