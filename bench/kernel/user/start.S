# First instructions of a task: EAX = number of the program, EBX = scale.
        .text
        .globl  user_start
user_start:
        pushl   %ebx
        pushl   %eax
        call    user_main
        movl    %eax, %ebx
        xorl    %eax, %eax                      # kCallExit
        int     $0x80
        .section .note.GNU-stack, "", @progbits
