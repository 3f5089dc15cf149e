// objc_msgSend: finds the method and jumps there with all arguments as they are.
#if defined(__x86_64__)

// framework_method may use any register that carries arguments: rdi rsi rdx rcx r8 r9, rax (how many vector registers
// a variadic call uses) and xmm0 to xmm7.
#define SEND(ENTRY, PREPARE)                                                                                           \
  asm(".text\n"                                                                                                        \
      ".globl " ENTRY "\n"                                                                                             \
      ".hidden " ENTRY "\n"                                                                                            \
      ".type " ENTRY ", @function\n" ENTRY ":\n"                                                                       \
      "push %rbp\n mov %rsp, %rbp\n"                                                                                   \
      "push %rdi\n push %rsi\n push %rdx\n push %rcx\n push %r8\n push %r9\n push %rax\n sub $136, %rsp\n"             \
      "movups %xmm0, (%rsp)\n movups %xmm1, 16(%rsp)\n movups %xmm2, 32(%rsp)\n movups %xmm3, 48(%rsp)\n"              \
      "movups %xmm4, 64(%rsp)\n movups %xmm5, 80(%rsp)\n movups %xmm6, 96(%rsp)\n movups %xmm7, 112(%rsp)\n" PREPARE   \
      "call framework_method\n"                                                                                        \
      "mov %rax, %r11\n"                                                                                               \
      "movups (%rsp), %xmm0\n movups 16(%rsp), %xmm1\n movups 32(%rsp), %xmm2\n movups 48(%rsp), %xmm3\n"              \
      "movups 64(%rsp), %xmm4\n movups 80(%rsp), %xmm5\n movups 96(%rsp), %xmm6\n movups 112(%rsp), %xmm7\n"           \
      "add $136, %rsp\n pop %rax\n pop %r9\n pop %r8\n pop %rcx\n pop %rdx\n pop %rsi\n pop %rdi\n pop %rbp\n"         \
      "jmp *%r11\n"                                                                                                    \
      ".size " ENTRY ", . - " ENTRY "\n")

SEND("objc_msgSend", "");
SEND("objc_msgSend_fpret", "");
// The receiver and the selector come after the address of the result.
SEND("objc_msgSend_stret", "mov %rsi, %rdi\n mov %rdx, %rsi\n");

#elif defined(__aarch64__)

// x0 to x7 and q0 to q7 carry arguments, x8 the address of a result. Not run yet.
asm(".text\n"
    ".globl objc_msgSend\n"
    ".hidden objc_msgSend\n"
    ".type objc_msgSend, %function\n"
    "objc_msgSend:\n"
    "stp x29, x30, [sp, #-224]!\n mov x29, sp\n"
    "stp x0, x1, [sp, #16]\n stp x2, x3, [sp, #32]\n stp x4, x5, [sp, #48]\n stp x6, x7, [sp, #64]\n str x8, [sp, "
    "#80]\n"
    "stp q0, q1, [sp, #96]\n stp q2, q3, [sp, #128]\n stp q4, q5, [sp, #160]\n stp q6, q7, [sp, #192]\n"
    "bl framework_method\n"
    "mov x16, x0\n"
    "ldp q0, q1, [sp, #96]\n ldp q2, q3, [sp, #128]\n ldp q4, q5, [sp, #160]\n ldp q6, q7, [sp, #192]\n"
    "ldp x0, x1, [sp, #16]\n ldp x2, x3, [sp, #32]\n ldp x4, x5, [sp, #48]\n ldp x6, x7, [sp, #64]\n ldr x8, [sp, "
    "#80]\n"
    "ldp x29, x30, [sp], #224\n"
    "br x16\n"
    ".size objc_msgSend, . - objc_msgSend\n");

#else
#error "no objc_msgSend for this CPU"
#endif
