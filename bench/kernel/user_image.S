# The tasks' program (user/), page-aligned so that its pages can be mapped as they are.
        .section .rodata
        .balign 4096
        .globl  user_image, user_image_end
user_image:
        .incbin USER_IMAGE
user_image_end:
        .balign 4096                            # the last page is not shared
        .section .note.GNU-stack, "", @progbits
