# A file of the host in the image: EMBEDDED_FILE is its path.
        .section .rodata
        .globl  embedded_start, embedded_end
        .balign 16
embedded_start:
        .incbin EMBEDDED_FILE
embedded_end:
        .section .note.GNU-stack, "", @progbits
