// The kernels in the order and the shapes of a BitNet b1.58 2B-4T forward pass, over random weights.
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

enum { MOST_TOKENS = 512, MOST_POSITIONS = 4096, MOST_OUTPUTS = 64 };

// Kinds of operations; a token has several of some of them.
typedef enum {
  NORM,
  QKV_PRODUCT,
  ROPE,
  ATTENTION,
  OUT_PRODUCT,
  GATE_UP_PRODUCT,
  GATE,
  DOWN_PRODUCT,
  PLAIN_HEAD,
  SCREENED_HEAD,
  INT8_HEAD,
  KINDS
} kind;
typedef struct {
  const char *name;
  double bytes;      // of weights, keys and values that it must read
  double operations; // of int8: two a multiply-and-add
} kind_work;

// Makes the weights, and room for so many threads.
void model_open(int32_t isa, int threads);
// The next steps are of so many tokens after so many others.
void model_step(int64_t tokens, int64_t before);
// What a step does, all layers together.
kind_work model_work(kind k);

// Parts of a step, to be run by a team.
void model_layers(int thread, int threads);
// Heads have an output for each token, but MOST_OUTPUTS at most.
void model_plain_head(int thread, int threads);
void model_screened_head(int thread, int threads);
void model_int8_head(int thread, int threads);
void model_read_weights(int thread, int threads);
void model_pack_screen(int thread, int threads);
void model_pack_int8_head(int thread, int threads);

// Seconds of CPU time that a kind of operation took in the thread that it took longest in, since the last reset: other
// programs and waiting for other threads do not count.
double model_seconds(kind k);
void model_reset(void);
// Rows of the head that the last screening left over in the first thread's share, of all outputs.
int64_t model_survivors(void);

#endif
