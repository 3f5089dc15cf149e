// h = activation(gate) * up, a thread for each element.
#include "arguments.h"
#include "precise.h"
using namespace bitnet;

METAL_FUNC float squared_relu(float g) {
  const float positive = g > 0.0f ? g : 0.0f;
  return positive * positive;
}

// g * sigmoid(g), by an exponential that cannot overflow.
METAL_FUNC float silu(float g) {
  const float e = expn(-fabs(g));
  const float sigmoid = (g < 0.0f ? e : 1.0f) / (1.0f + e);
  return g * sigmoid;
}

#define GATE(NAME, ACTIVATION)                                                                                         \
  kernel void NAME(constant GateArguments &arguments [[buffer(0)]], device const float *gate_up [[buffer(1)]],         \
                   device float *h [[buffer(2)]], uint2 at [[thread_position_in_grid]]) {                              \
    const uint columns = arguments.columns;                                                                            \
    if (at.x < columns) {                                                                                              \
      device const float *gate = gate_up + ulong(at.y) * 2 * columns + at.x;                                           \
      const float activated = ACTIVATION(gate[0]);                                                                     \
      h[ulong(at.y) * columns + at.x] = activated * gate[columns];                                                     \
    }                                                                                                                  \
  }

GATE(gate_squared_relu, squared_relu)
GATE(gate_silu, silu)
