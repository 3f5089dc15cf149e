// What does not fit is refused before Metal sees any of it, with a message that says what.
#include "shim.h"

#include <cstring>

using namespace bitnet;

namespace {

void refused(const Stream &stream, int32_t status, const char *message) {
  expect(status == BITNET_METAL_MISUSE, message, status);
  if (strstr(bitnet_metal_failure(&stream), message) == nullptr) {
    expect(false, bitnet_metal_failure(&stream), 0);
  }
}

} // namespace

void test_misuse() {
  testing("misuse");
  metal_double_reset();
  {
    Model model(UINT64_MAX);
    expect(model.isReady(), model.failure.text, 0);
    Stream &s = *model.stream;
    Failure failure;
    Buffer *small = allocate(*model.device, 64, failure);
    Buffer *large = allocate(*model.device, 1 << 20, failure);
    bitnet_metal_table table{BITNET_METAL_F16, 10, 32, large, 0};
    refused(s, bitnet_metal_wait(&s), "no step has begun");
    refused(s, bitnet_metal_embed(&s, &table, large, 1, large), "no step has begun");
    Buffer *none[] = {nullptr};
    refused(s, bitnet_metal_begin(&s, none, 1), "cache 0 is null");
    expect(bitnet_metal_begin(&s, nullptr, 0) == BITNET_METAL_OK, s.failure.text, 0);
    refused(s, bitnet_metal_begin(&s, nullptr, 0), "the step before is not done");
    const int64_t calls = metal_double_calls("commandBuffer");

    refused(s, bitnet_metal_embed(&s, &table, small, 5, large),
            "embed_f16: buffer 1 has 64 bytes, and 80 from 0 on are needed");
    refused(s, bitnet_metal_embed(&s, &table, large, 5, small), "embed_f16: buffer 3 has 64 bytes, and 640 from 0 on");
    refused(s, bitnet_metal_embed(&s, &table, nullptr, 5, large), "embed_f16: no buffer 1");
    refused(s, bitnet_metal_embed(&s, &table, large, 0, large), "embed: 0 rows");
    table.offset = (1 << 20) - 100;
    refused(s, bitnet_metal_embed(&s, &table, large, 5, large),
            "embed_f16: buffer 2 has 1048576 bytes, and 640 from 1048476 on");
    table.offset = 2;
    refused(s, bitnet_metal_embed(&s, &table, large, 5, large), "begins at 2, not at a multiple of 4");
    table.offset = INT64_MIN;
    refused(s, bitnet_metal_embed(&s, &table, large, 5, large), "embed: 5 rows of a table of type 1");
    table = {BITNET_METAL_Q6_K, 10, 32, large, 0};
    refused(s, bitnet_metal_logits(&s, &table, large, 0, 1, large), "of type 4, 10 by 32");
    table = {99, 10, 32, large, 0};
    refused(s, bitnet_metal_logits(&s, &table, large, 0, 1, large), "of type 99");
    table = {BITNET_METAL_F32, INT32_MAX, INT32_MAX, large, 0};
    refused(s, bitnet_metal_logits(&s, &table, large, 0, 1, large), "logits_f32: buffer 1 has 1048576 bytes");

    bitnet_metal_codes q{100, small, large};
    refused(s, bitnet_metal_quantize(&s, large, 1, &q), "quantize: buffer 2 has 64 bytes, and 128 from");
    refused(s, bitnet_metal_norm_quantize(&s, large, small, 1e-5f, 1, &q), "norm_quantize: buffer 2 has 64 bytes");
    q.codes = large;
    bitnet_metal_ternary w{64, 96, large, large};
    refused(s, bitnet_metal_ternary_matmul(&s, &w, &q, 1, large, 0), "ternary_matmul: 64 by 96 times 1 tokens of 100");
    q.columns = 96;
    refused(s, bitnet_metal_ternary_matmul(&s, &w, &q, 1, small, 0), "ternary_matmul_one: buffer 5");
    refused(s, bitnet_metal_ternary_matmul(&s, &w, &q, 1, large, 2), "add 2");
    w.packed = small;
    refused(s, bitnet_metal_ternary_matmul(&s, &w, &q, 40, large, 0), "ternary_matmul_tiles: buffer 1");
    refused(s, bitnet_metal_ternary_pack(&s, &w, 60, 5, large, 0), "ternary_pack: rows 60 to 65 of a matrix of 64");
    refused(s, bitnet_metal_gate(&s, 2, large, 8, 1, large), "gate: activation 2");
    refused(s, bitnet_metal_gate(&s, BITNET_METAL_SILU, large, 1000, 1, small), "gate_silu: buffer 2");
    refused(s, bitnet_metal_output_norm(&s, large, 100, small, 1e-5f, large, 1, large), "output_norm: buffer 2");
    bitnet_metal_wide wide{100, small, large};
    refused(s, bitnet_metal_wide_quantize(&s, large, 0, 1, &wide),
            "wide_quantize: buffer 2 has 64 bytes, and 256 from");
    refused(s, bitnet_metal_wide_quantize(&s, large, -1, 1, &wide), "wide_quantize: 1 rows of 100 from -1 on");
    refused(s, bitnet_metal_wide_norm_quantize(&s, large, small, 1e-5f, 1, &wide), "wide_norm_quantize: buffer 2");
    wide.codes = large;
    bitnet_metal_grouped grouped{64, 100, 32, large, large};
    refused(s, bitnet_metal_grouped_matmul(&s, &grouped, &wide, 1, large, 0), "in groups of 32");
    grouped.group = 64;
    grouped.columns = 96;
    refused(s, bitnet_metal_grouped_matmul(&s, &grouped, &wide, 1, large, 0), "groups of 64 times 1 tokens of 100");
    wide.columns = 96;
    refused(s, bitnet_metal_grouped_matmul(&s, &grouped, &wide, 1, small, 0), "grouped_matmul_one: buffer 5");
    grouped.scales = small;
    refused(s, bitnet_metal_grouped_matmul(&s, &grouped, &wide, 2, large, 0),
            "grouped_matmul_few: buffer 2 has 64 bytes, and 256 from");
    refused(s, bitnet_metal_grouped_pack(&s, &grouped, 0, 65, large, large), "grouped_pack: rows 0 to 65");
    refused(s, bitnet_metal_grouped_pack(&s, &grouped, 0, 64, large, small), "grouped_pack: buffer 2");
    refused(s, bitnet_metal_grouped_embed(&s, &grouped, large, 0, large), "grouped_embed: 0 rows");
    refused(s, bitnet_metal_grouped_embed(&s, &grouped, large, 5, large), "grouped_embed: buffer 3");
    bitnet_metal_shape shape{2, 4, 3, 16, BITNET_METAL_KV_F16};
    expect(bitnet_metal_page_bytes(&shape) == 0, "three kv heads for four heads", 0);
    refused(s, bitnet_metal_head_norm(&s, &shape, large, large, 1e-6f, 1, large), "head_norm: 1 rows of 4 and 3 heads");
    shape.kv_heads = 2;
    refused(s, bitnet_metal_head_norm(&s, &shape, large, large, 1e-6f, 1, small), "head_norm: buffer 3");
    refused(s, bitnet_metal_rope_store(&s, &shape, 2, large, 1, large, 1, large), "in layer 2 of 2");
    refused(s, bitnet_metal_rope_store(&s, &shape, 1, large, 1, small, 100, large), "rope_store_f16: buffer 2");
    refused(s, bitnet_metal_attention(&s, &shape, 0, large, 4, large, 0, 1, 5, 5, 64, large, large, large),
            "attention: 1 tiles");
    refused(s, bitnet_metal_attention(&s, &shape, 0, large, 4, large, 0, 1, 4, 4, 64, large, small, large),
            "attention_chunks_few_f16: buffer 4");

    expect(metal_double_calls("commandBuffer") == calls, "Metal saw something", 0);
    expect(bitnet_metal_wait(&s) == BITNET_METAL_OK, s.failure.text, 0);

    expect(allocate(*model.device, 0, failure) == nullptr, "no bytes", 0);
    expect(allocate(*model.device, 1ull << 40, failure) == nullptr, "too many bytes", 0);
    expect(wrap(*model.device, large->metal->contents(), 0, failure) == nullptr, "no bytes to wrap", 0);
    release(small);
    release(large);
  }
  expectClean();
}
