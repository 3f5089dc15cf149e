// Which instruction sets of x86-64 run here.
#include "../kernels.h"
#include <cpuid.h>
#include <immintrin.h>

// The states that the operating system saves (XCR0); without xsave it saves none of interest.
static uint64_t saved_states(uint32_t leaf1_ecx) {
  if (!(leaf1_ecx & bit_OSXSAVE)) {
    return 0;
  }
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static int all(uint64_t set, uint64_t wanted) {
  return (set & wanted) == wanted;
}

// Linux saves tiles only for processes that asked for them (ARCH_REQ_XCOMP_PERM); asking again does no harm.
static int tiles_allowed(void) {
#if defined(__linux__)
  enum { ARCH_PRCTL = 158, ARCH_REQ_XCOMP_PERM = 0x1023, XTILE_DATA = 18 };
  long result = ARCH_PRCTL;
  __asm__ volatile("syscall" : "+a"(result) : "D"(ARCH_REQ_XCOMP_PERM), "S"(XTILE_DATA) : "rcx", "r11", "memory");
  return result == 0;
#else
  return 0;
#endif
}

int bitnet_isa_runs(int32_t isa) {
  if (isa == BITNET_ISA_BASELINE) {
    return 1;
  }
  enum { YMM = 0x6, ZMM = 0xE6, TILES = 0x60000, AMX_TILE_AND_INT8 = 3 << 24 };
  uint32_t a, b, c, d, ecx1 = 0, ebx7 = 0, ecx7 = 0, edx7 = 0, eax71 = 0;
  if (!__get_cpuid(1, &a, &b, &ecx1, &d) || !__get_cpuid_count(7, 0, &a, &ebx7, &ecx7, &edx7)) {
    return 0;
  }
  if (a >= 1) {
    __get_cpuid_count(7, 1, &eax71, &b, &c, &d);
  }
  uint64_t states = saved_states(ecx1);
  int avx2 = all(states, YMM) && all(ecx1, bit_AVX | bit_FMA | bit_F16C) && all(ebx7, bit_AVX2);
  int avx512 = all(states, ZMM) && all(ebx7, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL) &&
               all(ecx7, bit_AVX512VNNI);
  switch (isa) {
  case BITNET_ISA_AVX2:
    return avx2;
  case BITNET_ISA_AVX_VNNI:
    return avx2 && all(eax71, 1u << 4);
  case BITNET_ISA_AVX512:
  case BITNET_ISA_AVX512_WORDS:
    return avx2 && avx512;
  case BITNET_ISA_AMX:
    return avx2 && avx512 && all(states, TILES) && all(edx7, AMX_TILE_AND_INT8) && tiles_allowed();
  default:
    return 0;
  }
}

// AMD looks up beside its dot products (families from 19h on, Zen 4, as far as they have AVX-512), and words of less
// than two bits save more of memory's time than they cost: ternary_words.h, ternary_mixed.h.
int bitnet_isa_suits(int32_t isa) {
  uint32_t a, b, c, d;
  if (isa != BITNET_ISA_AVX512_WORDS) {
    return 1;
  }
  if (!__get_cpuid(0, &a, &b, &c, &d) || b != signature_AMD_ebx || !__get_cpuid(1, &a, &b, &c, &d)) {
    return 0;
  }
  uint32_t family = (a >> 8 & 15) + (a >> 20 & 255);
  return family >= 0x19;
}
