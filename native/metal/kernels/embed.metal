// x[row] = table[token], a thread for each element.
#include "table_row.h"
using namespace bitnet;

template <typename Row>
METAL_FUNC void embed(constant EmbedArguments &arguments, device const StepRow *steps, device const uchar *table,
                      device float *x, uint2 at) {
  const uint columns = arguments.columns;
  if (at.x < columns) {
    x[ulong(at.y) * columns + at.x] = Row::at(table + steps[at.y].token * Row::bytes(columns), at.x);
  }
}

#define EMBED(NAME, ROW)                                                                                               \
  kernel void NAME(constant EmbedArguments &arguments [[buffer(0)]], device const StepRow *steps [[buffer(1)]],        \
                   device const uchar *table [[buffer(2)]], device float *x [[buffer(3)]],                             \
                   uint2 at [[thread_position_in_grid]]) {                                                             \
    embed<ROW>(arguments, steps, table, x, at);                                                                        \
  }

EMBED(embed_f32, F32Row)
EMBED(embed_f16, F16Row)
EMBED(embed_bf16, Bf16Row)
EMBED(embed_q8_0, Q8Row)
EMBED(embed_q6_k, Q6Row)
EMBED(embed_q5_0, Q5Row)
EMBED(embed_q4_0, Q4Row)
