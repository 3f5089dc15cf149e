// What compilers for Windows expect of every program, and a library without a C library has to have itself.
#if defined(_WIN32)

// Says that floats are used.
int _fltused = 1;

// Called at the start of a function whose frame is larger than a page: touches each page of it, downwards, because
// Windows grows a stack only when its next page, the guard, is touched.
#if defined(__x86_64__)
// The frame's size is in rax, which stays as it is, and so do all other registers; rsp is moved by the caller.
__attribute__((naked)) void __chkstk(void) {
  __asm__("pushq %rcx\n\t"
          "pushq %rax\n\t"
          "leaq 24(%rsp), %rcx\n" // the caller's rsp
          "1:\n\t"
          "cmpq $4096, %rax\n\t"
          "jbe 2f\n\t"
          "subq $4096, %rcx\n\t"
          "subq $4096, %rax\n\t"
          "orq $0, (%rcx)\n\t"
          "jmp 1b\n"
          "2:\n\t"
          "subq %rax, %rcx\n\t"
          "orq $0, (%rcx)\n\t"
          "popq %rax\n\t"
          "popq %rcx\n\t"
          "retq");
}
#else
// A sixteenth of the frame's size is in x15; x16 and x17 are free.
__attribute__((naked)) void __chkstk(void) {
  __asm__("mov x17, sp\n\t"
          "lsl x16, x15, #4\n"
          "1:\n\t"
          "cmp x16, #4096\n\t"
          "b.ls 2f\n\t"
          "sub x17, x17, #4096\n\t"
          "sub x16, x16, #4096\n\t"
          "ldr xzr, [x17]\n\t"
          "b 1b\n"
          "2:\n\t"
          "sub x17, x17, x16\n\t"
          "ldr xzr, [x17]\n\t"
          "ret");
}
#endif

#else
typedef int bitnet_nothing; // a source has to declare something
#endif
