// Keywords and scalar types.
#pragma once
#ifndef __OPENCL_CPP_VERSION__
#error "compile .metal files with clang -x clcpp -cl-std=clc++2021"
#endif
// Pointers to structs that hold pointers.
#pragma OPENCL EXTENSION __cl_clang_non_portable_kernel_param_types : enable

#define kernel __kernel
#define device __global
#define threadgroup __local // a keyword: the attribute [[threadgroup(0)]] stays legal, and unknown
#define constant __constant
#define thread __private
#define half _Float16 // OpenCL's own half cannot be passed by value on x86
#define METAL_FUNC inline __attribute__((always_inline))

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef signed char int8_t;
typedef uchar uint8_t;
typedef short int16_t;
typedef ushort uint16_t;
typedef int int32_t;
typedef uint uint32_t;
typedef long int64_t;
typedef ulong uint64_t;
typedef unsigned long size_t;

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

#include "../../runtime.h"
