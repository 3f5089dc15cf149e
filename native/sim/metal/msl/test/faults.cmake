# Kernels with a mistake each, which the tests have to find. Every fault is a text of a kernel's source, what replaces
# it, the test that has to fail, what it has to say, and the build in which it has to: plain, address or thread.
# test-metal.sh runs `fault_NAME TEST` and looks for the message, as listed in faults.txt.

set(ternary ternary_pack ternary_matmul ternary_matmul_tiles)
set(grouped grouped_pack grouped_matmul grouped_matmul_tiles grouped_embed)
set(rows norm_quantize quantize output_norm head_norm gate)
set(tables embed logits)
set(attention rope_store attention attention_combine)

add_custom_target(bitnet_metal_faults)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/faults.txt "")

function(add_fault name build test file from to message)
  if(NOT build STREQUAL "${BITNET_SANITIZE}" AND NOT (build STREQUAL "plain" AND BITNET_SANITIZE STREQUAL ""))
    return()
  endif()
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/faults/${name})
  file(COPY ${KERNELS}/ DESTINATION ${dir})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${KERNELS}/${file})
  file(READ ${KERNELS}/${file} source)
  string(FIND "${source}" "${from}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "fault ${name}: ${file} has no '${from}'")
  endif()
  string(REPLACE "${from}" "${to}" source "${source}")
  file(WRITE ${dir}/${file} "${source}")
  list(TRANSFORM ${test} APPEND .metal OUTPUT_VARIABLE sources)
  add_metal_double(fault_${name}_kernels ${dir} ${sources})
  add_kernels_test(fault_${name} fault_${name}_kernels)
  set_target_properties(fault_${name}_kernels PROPERTIES EXCLUDE_FROM_ALL ON)
  add_dependencies(bitnet_metal_faults fault_${name})
  file(APPEND ${CMAKE_CURRENT_BINARY_DIR}/faults.txt "fault_${name} ${test} ${message}\n")
endfunction()

# What NaN in threadgroup memory shows, or ThreadSanitizer.
set(WAIT "  threadgroup_barrier(mem_flags::mem_threadgroup)")
add_fault(norm_barrier plain rows row.h
  "partials[thread_index] = partial;\n${WAIT}" "partials[thread_index] = partial" "FAILED: rows")
add_fault(quantize_barrier plain rows row.h
  "}\n${WAIT};\n  for (uint i = 0; i < ROW_THREADS" "}\n  for (uint i = 0; i < ROW_THREADS" "FAILED: rows")
add_fault(norm_race thread rows row.h
  "partials[thread_index] = partial;\n${WAIT}" "partials[thread_index] = partial" "data race")
add_fault(tiles_race thread ternary ternary_matmul_tiles.metal
  "simdgroup);\n  ${WAIT};\n  }" "simdgroup);\n  }" "data race")

# Lanes have exchanged values in between, which orders them here but not their memory.
add_fault(attention_race thread attention attention.metal
  "simdgroup_barrier(mem_flags::mem_threadgroup);" "" "data race")

# Every threadgroup writes zeros to the first row's padding. ThreadSanitizer keeps 255 threads apart, and four teams have
# more: it sees some of these races, not all.
add_fault(group_race thread rows quantize.metal
  "    quantize_row<CODES>(Plain{" "    for (uint i = columns + thread_index; i < CODES::columns(columns); i += ROW_THREADS) codes[i] = 0; quantize_row<CODES>(Plain{"
  "data race")

# Threads that do not all do the same.
add_fault(divergent_barrier plain rows row.h
  "maxima[thread_index / SIMD] = largest;\n  }\n${WAIT};" "maxima[thread_index / SIMD] = largest;\n  ${WAIT};\n  }"
  "threads have returned")
add_fault(divergent_simdgroup plain rows row.h
  "simd_max(largest)" "thread_index % 2 == 0 ? simd_max(largest) : simd_shuffle_xor(largest, 0)"
  "different operations")

# Wrong indices and bounds.
add_fault(rope_slot plain attention rope_store.metal
  "slot = position % KV_PAGE" "slot = (position + 1) % KV_PAGE" "FAILED: attention")
add_fault(norm_bound plain rows output_norm.metal
  "i < columns" "i <= columns" "byte after the buffer changed")
add_fault(token_bound plain ternary ternary_matmul.metal
  " && token + t <= last" "" "byte after the buffer changed")
add_fault(token_read address ternary ternary_matmul.metal
  "min(token + t, last)" "(token + t)" "AddressSanitizer")
add_fault(local_write address rows row.h
  "partials[thread_index] = partial" "partials[thread_index + 1] = partial" "AddressSanitizer")

# Other sums, other roundings.
add_fault(contraction plain attention rope_store.metal
  "fma(a, cosine, -b_sine)" "(a * cosine - b_sine)" "FAILED: attention")
add_fault(chain_order plain grouped grouped_matmul.metal
  "from < SIMD ? first : second" "from < SIMD ? second : first" "FAILED: grouped_matmul")
add_fault(one_chain plain grouped grouped_matmul_tiles.metal
  "links[i] = 0.0f;" "links[i] = chain == 0 ? 0.0f : links[i];" "FAILED: grouped_matmul_tiles")
add_fault(group_sums_race thread grouped grouped_matmul_tiles.metal
  "simdgroup);\n      threadgroup_barrier(mem_flags::mem_threadgroup);\n      const" "simdgroup);\n      const" "data race")
add_fault(chunk_order plain attention attention_combine.metal
  "partial + c * stride;" "partial + (chunks - 1 - c) * stride;" "FAILED: attention")
