# The routine that runs in ring 3 while interrupts and page faults come between and inside its instructions: everything that touches
# memory in more than one place, at addresses that lie across the border of two pages. No flag that the manual leaves undefined
# reaches memory or the end. Also the way into ring 3 and back, and the ring-0 instructions of the interrupt test.

        .set    PAGE, 4096
        .set    SOURCE, user_source + PAGE      # borders
        .set    SOURCE2, user_source + 2 * PAGE
        .set    TARGET, user_target + PAGE
        .set    TARGET2, user_target + 2 * PAGE
        .set    BOTH, user_both + PAGE
        .set    BOTH2, user_both + 2 * PAGE
        .set    STACK, user_stack + PAGE
        .set    STACK2, user_stack + 2 * PAGE
        .set    CODE, 0x1b
        .set    DATA, 0x23

# What the routine finds as pointers and operands in its source data.
        .text
        .globl  routine_constants
routine_constants:
        movl    $near_indirect, SOURCE - 2      # for call and jmp through memory
        movl    $jump_indirect, SOURCE2 + 20
        movl    $far_indirect, SOURCE + 40 - 96 # lies wholly in the first page
        movw    $CODE, SOURCE + 44 - 96
        movl    $far_jump, SOURCE2 - 5   # offset in the first page, selector across
        movw    $CODE, SOURCE2 - 1
        movl    $-5, SOURCE + 10                # bounds
        movl    $70000, SOURCE + 14
        movl    $0x5a5a1234, SOURCE2 + 8        # far pointer to data
        movw    $DATA, SOURCE2 + 12
        movl    $0x01020304, BOTH2 - 4          # for cmpxchg8b
        movl    $0x05060708, BOTH2
        movl    $0x0a0b0c0d, BOTH - 3           # for cmpxchg
        ret

        .globl  supervisor_enter, supervisor_leave
supervisor_enter:                               # (struct frame*): into ring 3
        movl    4(%esp), %eax
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        pushl   %ebp
        movl    %esp, kernel_esp
        pushl   %eax
        call    system_resume
supervisor_leave:                               # comes back from supervisor_enter
        movl    kernel_esp, %esp
        popl    %ebp
        popl    %edi
        popl    %esi
        popl    %ebx
        ret
        .lcomm  kernel_esp, 4

        .balign PAGE
routine_page:
        .skip   PAGE - 452                      # the routine begins in the first page and ends in the second
        .globl  routine, routine_end
routine:
# --- strings
        movl    $SOURCE - 7, %esi
        movl    $TARGET - 5, %edi
        movl    $14, %ecx
        rep movsb
        movl    $SOURCE2 - 10, %esi
        movl    $TARGET2 - 6, %edi
        movl    $4, %ecx
        rep movsl
        movl    $SOURCE - 1, %esi
        movl    $TARGET2 - 3, %edi
        movsl
        movl    $SOURCE2 - 1, %esi
        movw    $0x1234, %ax
        movsw
        movsb
        std
        movl    $SOURCE + 8, %esi
        movl    $BOTH + 5, %edi
        movl    $5, %ecx
        rep movsl
        movl    $3, %ecx
        rep movsb
        cld
        movl    $BOTH - 9, %esi                 # the target runs after the source
        movl    $BOTH - 8, %edi
        movl    $20, %ecx
        rep movsb
        movl    $TARGET - 40, %edi
        movl    $0x77665544, %eax
        movl    $20, %ecx
        rep stosl
        movl    $TARGET2 + 16, %edi
        stosl
        stosw
        movl    $SOURCE - 9, %esi
        movl    $BOTH2 - 2, %edi
        movl    $16, %ecx
        repne cmpsb
        setz    %bl
        movl    $SOURCE - 6, %edi
        movb    SOURCE + 3, %al
        movl    $30, %ecx
        repne scasb
        addl    %ecx, %ebx
        movl    $SOURCE - 2, %esi
        lodsl
        addl    %eax, %ebx
        movl    $SOURCE2 - 3, %esi
        movl    $2, %ecx
        rep lodsl
        addl    %eax, %ebx
# --- stack
        movl    $STACK + 6, %esp
        pushl   %ebx
        pushl   $0x12345678
        pushl   SOURCE - 3
        pushw   $0x4321
        popw    %dx
        popl    BOTH + 21
        popl    %eax
        popl    %ecx
        addl    %eax, %ebx
        addl    %ecx, %ebx
        movl    $STACK + 14, %esp
        pushal
        addl    $3, 4(%esp)
        popal
        movl    $STACK2 + 7, %esp
        pushaw
        popaw
        pushl   %ebx
        pushl   (%esp)
        popl    4(%esp)
        pushl   %ds
        popl    %es
        pushl   $DATA
        popl    %fs
# --- near transfers
        movl    $STACK + 2, %esp
        call    near_direct
        call    *SOURCE - 2
        pushl   $7
        pushl   $8
        call    near_arguments
        jmp     *SOURCE2 + 20
near_direct:
        incl    %ebx
        ret
near_arguments:
        addl    4(%esp), %ebx
        ret     $8
near_indirect:
        leal    5(%ebx,%ebx), %ebx
        ret
jump_indirect:
# --- far transfers in ring 3
        movl    $STACK + 5, %esp
        lcall   $CODE, $far_direct
        lcall   *SOURCE + 40 - 96
        ljmp    *SOURCE2 - 5
far_direct:
        addl    $0x101, %ebx
        lret
far_indirect:
        xorl    $0x5500, %ebx
        lret    $0
        ud2
far_jump:
        movl    $STACK2 + 3, %esp
        cmpl    %eax, %eax                      # defined flags
        pushfl
        pushl   $CODE
        pushl   $after_iret
        iret
        ud2
after_iret:
        movl    $STACK + 1, %esp
        movl    %ebx, %eax
        int     $0x82
        movl    %eax, %ebx
        les     SOURCE2 + 8, %ecx
        lfs     SOURCE2 + 8, %edx
        movw    %ds, TARGET + 61
        movw    SOURCE2 + 12, %gs
        addl    %ecx, %ebx
# --- frames
        movl    $STACK2 + 4, %esp
        movl    $STACK2 + 20, %ebp
        enter   $16, $0
        movl    %ebx, -2(%ebp)
        leave
        movl    $STACK + 10, %esp
        movl    $STACK + 12, %ebp
        enter   $8, $4
        popl    %edx
        leave
        xorl    %ebp, %ebp
        bound   %ebp, SOURCE + 10
        .org    routine_page + PAGE - 3, 0x90
        movl    $0x01020304, TARGET2 + 52       # an instruction across the border
# --- read and write
        movl    $0x01020304, %eax
        movl    $0x05060708, %edx
        movl    $0x0f0e0d0c, %ecx
        lock cmpxchg8b BOTH2 - 4
        lock cmpxchg8b BOTH2 - 4
        addl    %eax, %ebx
        movl    $0x0a0b0c0d, %eax
        cmpxchgl %ecx, BOTH - 3
        cmpxchgl %ecx, BOTH - 3
        addl    %eax, %ebx
        xchgl   %ebx, BOTH2 + 18
        xaddl   %ebx, BOTH2 - 2
        lock addl %ecx, BOTH - 1
        adcl    %eax, BOTH2 - 1
        incw    BOTH - 1
        negl    BOTH2 + 30
        shll    $3, BOTH - 2
        shldl   $5, %eax, BOTH2 - 3
        movl    $8 * 5, %edx
        btsl    %edx, BOTH - 6
        sbbl    %eax, %eax
        addl    %eax, %ebx
        notw    BOTH2 - 1
        movl    %ebx, TARGET - 2
        movw    %bx, TARGET2 - 1
        movb    %bl, TARGET2 + 40
        movl    SOURCE - 1, %eax
        addl    SOURCE2 - 2, %eax
        movzwl  SOURCE - 1, %edx
        movswl  SOURCE2 - 1, %ecx
        leal    (%eax,%edx,2), %ebx
        addl    %ecx, %ebx
        movl    %eax, %edx
        movl    $SOURCE - 100, %ebx
        movb    $101, %al
        xlat
        addl    %eax, %edx
        cmpl    %edx, BOTH + 3
        addl    %edx, %ebx
        imull   $3, SOURCE2 - 2, %ecx
        addl    %ecx, %ebx
        movl    $2, %ecx
1:      addl    BOTH - 2(,%ecx,1), %ebx
        loop    1b
        addl    $1, %ebx                        # defined flags
        int     $0x81
routine_end:
        .balign PAGE

# --- ring 0 (interrupt test): what only the kernel may do
        .globl  kernel_part, after_mov_ss, after_sti
kernel_part:
        pushal
        movl    36(%esp), %edi
        cld
        movw    %ss, %ax
        movl    %esp, %ecx
        movl    $alternate_stack, %edx
        movw    %ax, %ss
after_mov_ss:
        movl    %edx, %esp
        pushl   %ecx
        pushfl
        popl    %eax
        andl    $0x200, %eax
        stosl
        pushl   %ss
        popl    %ss
        popl    %ecx
        movl    %ecx, %esp
        cli
        pushl   $1
        popl    %eax
        sti
after_sti:
        addl    $2, %eax
        stosl
        pushfl
        cli
        popfl
        nop
        pushfl
        pushl   %cs
        pushl   $1f
        iret
1:      lcall   $0x08, $2f
        int     $0x82
        stosl
        movl    %cr0, %eax
        movl    %eax, %cr0
        movl    %cr3, %eax
        movl    %eax, %cr3
        movw    $DATA, %ax
        movw    %ax, %fs
        movw    $0x10, %ax
        movw    %ax, %es
        movl    %ds, %eax
        stosl
        strw    (%edi)
        addl    $2, %edi
        sldtw   (%edi)
        addl    $2, %edi
        sgdtl   (%edi)
        lgdtl   (%edi)
        sidtl   8(%edi)
        lidtl   8(%edi)
        invlpg  (%edi)
        clts
        movl    $100, %ecx
3:      nop
        loop    3b
        popal
        ret
2:      leal    7(%eax), %eax
        lret

        .bss
        .balign 16
        .skip   1024
alternate_stack:

        .section .note.GNU-stack, "", @progbits
