package bitnet.cuda;

import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_decode;
import bitnet.cuda.gen.bitnet_decode_layer;
import bitnet.cuda.gen.bitnet_decode_product;
import bitnet.model.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All layers for one token in one launch, in place of five kernels a layer.
 *
 * @param room what its blocks share
 * @param layers of the model, in order
 */
record DecodeStep(DecodeRoom room, List<DecodeLayer> layers) implements Operation {
    DecodeStep {
        layers = List.copyOf(layers);
    }

    /**
     * The layers of a step of one token, where they are such as the kernel knows; else null.
     *
     * @param fused the step's operations, fused
     * @param room null if there is no kernel for the model's shape
     */
    static @Nullable DecodeStep of(List<Operation> fused, ModelConfig config, @Nullable DecodeRoom room) {
        int first = firstOf(fused);
        int end = first + DecodeLayer.OPERATIONS * config.layers();
        if (room == null || end > fused.size()) {
            return null;
        }
        List<DecodeLayer> layers = new ArrayList<>();
        for (int at = first; at < end; at += DecodeLayer.OPERATIONS) {
            DecodeLayer layer = DecodeLayer.of(fused.subList(at, at + DecodeLayer.OPERATIONS), layers.size());
            if (layer == null || (!layers.isEmpty() && !layer.continues(layers.getFirst()))) {
                return null;
            }
            layers.add(layer);
        }
        List<DeviceRows> inner = layers.getFirst().inner();
        boolean inside = fused.subList(end, fused.size()).stream()
                .noneMatch(operation -> inner.stream().anyMatch(operation::reads));
        return inside ? new DecodeStep(room, layers) : null;
    }

    private static int firstOf(List<Operation> fused) {
        int first = 0;
        while (first < fused.size() && !(fused.get(first) instanceof TernaryMatmul)) {
            first++;
        }
        return first;
    }

    /** The same operations with this in place of the layers'. */
    List<Operation> replace(List<Operation> fused) {
        int first = firstOf(fused);
        List<Operation> replaced = new ArrayList<>(fused.subList(0, first));
        replaced.add(this);
        replaced.addAll(fused.subList(first + DecodeLayer.OPERATIONS * layers.size(), fused.size()));
        return replaced;
    }

    static long layersBytes(int layers) {
        return layers * bitnet_decode_layer.sizeof();
    }

    /** Brings the addresses of the layers' weights to the device; before the step is launched. */
    void upload(Uploads uploads) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment all = bitnet_decode_layer.allocateArray(layers.size(), arena);
            for (int i = 0; i < layers.size(); i++) {
                MemorySegment to = bitnet_decode_layer.asSlice(all, i);
                DecodeLayer layer = layers.get(i);
                describe(layer.qkv(), bitnet_decode_layer.qkv(to));
                describe(layer.output(), bitnet_decode_layer.output(to));
                describe(layer.gateUp(), bitnet_decode_layer.gate_up(to));
                describe(layer.down(), bitnet_decode_layer.down(to));
            }
            uploads.upload(all, room.layers());
        }
    }

    private static void describe(TernaryMatmul product, MemorySegment to) {
        DeviceGain gain = product.input() == null ? null : product.input().gain();
        bitnet_decode_product.units(to, product.w().units());
        bitnet_decode_product.scales(to, product.w().scales());
        bitnet_decode_product.gain(to, gain == null ? MemorySegment.NULL : gain.weights());
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        int threads = BitnetCuda.BITNET_DECODE_THREADS();
        DecodeLayer first = layers.getFirst();
        String kernel = "decode_step_" + first.attention().shape().config().headDim();
        gpu.launchTogether(kernel, room.blocks(), threads, room.sharedBytes(), argument.of(arena -> {
            MemorySegment to = bitnet_decode.allocate(arena);
            describe(first, to);
            return to;
        }));
    }

    private void describe(DecodeLayer first, MemorySegment to) {
        CacheShape shape = first.attention().shape();
        ModelConfig config = shape.config();
        bitnet_decode.layers(to, room.layers());
        bitnet_decode.entries(to, first.attention().entries().device());
        bitnet_decode.qkv_outputs(to, first.qkv().w().outputs());
        bitnet_decode.cosines(to, first.rope().rows().cosines());
        bitnet_decode.sines(to, first.rope().rows().sines());
        bitnet_decode.x(to, first.x().data());
        bitnet_decode.qkv(to, room.qkv());
        bitnet_decode.attended(to, room.attended());
        bitnet_decode.middle(to, room.middle());
        bitnet_decode.gated(to, room.gated());
        bitnet_decode.last_gated(to, room.lastGated());
        bitnet_decode.next(to, room.next());
        bitnet_decode.partial(to, room.partial());
        shape.describe(bitnet_decode.heads(to));
        bitnet_decode.layer_count(to, layers.size());
        bitnet_decode.columns(to, config.hidden());
        bitnet_decode.gated_columns(to, config.feedForward());
        bitnet_decode.max_chunks(to, room.maxChunks());
        boolean silu = first.gateUp().then() == TernaryMatmul.Then.SILU;
        bitnet_decode.activation(to, silu ? BitnetCuda.BITNET_SILU() : BitnetCuda.BITNET_SQUARED_RELU());
        bitnet_decode.epsilon(to, config.normEpsilon());
        bitnet_decode.scale(to, (float) (1 / Math.sqrt(config.headDim())));
    }

    @Override
    public boolean reads(Object buffer) {
        return layers.getFirst().x().equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
