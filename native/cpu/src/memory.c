// What compilers may call without being asked. Hidden, so that nobody else finds them.
#include <stddef.h>

__attribute__((visibility("hidden"))) void *memcpy(void *restrict to, const void *restrict from, size_t n) {
  unsigned char *a = to;
  const unsigned char *b = from;
  for (; n > 0; n--) {
    *a++ = *b++;
    __asm__ volatile("" : "+r"(a)); // keeps the loop from becoming a call of memcpy
  }
  return to;
}

__attribute__((visibility("hidden"))) void *memmove(void *to, const void *from, size_t n) {
  unsigned char *a = to;
  const unsigned char *b = from;
  if (a <= b) {
    return memcpy(to, from, n);
  }
  while (n > 0) {
    n--;
    a[n] = b[n];
    __asm__ volatile("" : "+r"(n));
  }
  return to;
}

__attribute__((visibility("hidden"))) void *memset(void *to, int value, size_t n) {
  unsigned char *a = to;
  for (; n > 0; n--) {
    *a++ = (unsigned char)value;
    __asm__ volatile("" : "+r"(a));
  }
  return to;
}
