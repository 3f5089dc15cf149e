package bitnet.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Tells language models apart: the SHA-256 of a model's shape and of all its tensors, the ternary ones in the canonical layout. Two files
 * that hold the same weights in different ternary formats have the same fingerprint; another name or tokenizer does not
 * change it.
 */
public final class ModelFingerprint {
    private static final int CHUNK = 1 << 24;

    private final MessageDigest digest;

    private ModelFingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JVM has it
        }
    }

    /** Reads the whole model; 64 hexadecimal digits. */
    public static String of(Transformer model) {
        ModelFingerprint fingerprint = new ModelFingerprint();
        fingerprint.config(model.config());
        for (Layer layer : model.layers()) {
            fingerprint.layer(layer);
        }
        fingerprint.floats(model.outputNorm());
        fingerprint.table(model.embedding());
        if (!model.isTied()) {
            fingerprint.table(model.head());
        }
        fingerprint.rotation(model.embeddingRotation());
        if (model.output() instanceof Head head) {
            fingerprint.rotation(head.rotation());
        }
        return HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    private void config(ModelConfig config) {
        text("bitnet-coreml 1");
        ints(
                config.layers(),
                config.hidden(),
                config.feedForward(),
                config.heads(),
                config.kvHeads(),
                config.headDim(),
                config.vocabulary(),
                Float.floatToRawIntBits(config.normEpsilon()));
        text(config.activation().name());
        floats(config.rope().inverseFrequencies());
        if (config.rope().magnitude() != 1) {
            floats(new float[] {config.rope().magnitude()});
        }
        DeltaShape delta = config.delta();
        if (delta != null) {
            ints(delta.layers(), delta.keyHeads(), delta.valueHeads(), delta.headDim(), delta.kernel());
        }
    }

    private void layer(Layer layer) {
        floats(layer.mixerNorm());
        switch (layer.mixer()) {
            case Attention attention -> attention(attention);
            case GatedDeltaNet net -> deltaNet(net);
        }
        floats(layer.feedForwardNorm());
        ternary(layer.gated().gate().weight());
        ternary(layer.gated().up().weight());
        floats(layer.gated().down().inputNorm());
        ternary(layer.gated().down().weight());
        if (layer.mixer() instanceof Attention attention) {
            headNorms(attention.headNorms());
        }
        layer.feedForward().linears().forEach(linear -> rotation(linear.rotation()));
    }

    private void attention(Attention attention) {
        ternary(attention.query().weight());
        ternary(attention.key().weight());
        ternary(attention.value().weight());
        floats(attention.output().inputNorm());
        ternary(attention.output().weight());
        if (attention.gate() != null) {
            ternary(attention.gate().weight());
        }
        attention.linears().forEach(linear -> rotation(linear.rotation()));
    }

    private void deltaNet(GatedDeltaNet net) {
        ternary(net.mix().weight());
        ternary(net.gate().weight());
        floats(net.alpha());
        floats(net.beta());
        floats(net.convolution());
        floats(net.timeBias());
        floats(net.decay());
        floats(net.norm());
        ints(net.grouped() ? 1 : 0);
        ternary(net.output().weight());
        net.linears().forEach(linear -> rotation(linear.rotation()));
    }

    /** A model without one has the fingerprint that it had before there were models with them. */
    private void rotation(@Nullable HadamardRotation rotation) {
        if (rotation != null) {
            ints(rotation.block());
            floats(rotation.signs());
        }
    }

    /** A model without them has the fingerprint that it had before there were models with them. */
    private void headNorms(Attention.@Nullable HeadNorms norms) {
        if (norms != null) {
            floats(norms.query());
            floats(norms.key());
        }
    }

    private void ternary(TernaryTensor tensor) {
        ints(tensor.rows(), tensor.columns());
        try (Arena arena = Arena.ofShared()) {
            TernaryTensor.Packed packed = tensor.pack(arena);
            ints(Float.floatToRawIntBits(packed.scale()));
            bytes(packed.codes());
            bytes(packed.groupScales());
        }
    }

    private void table(TokenTable table) {
        switch (table) {
            case FloatTable floats -> floats(floats);
            case TernaryTable ternary -> ternary(ternary.tensor());
        }
    }

    private void floats(FloatTable table) {
        text(table.type().name());
        ints(table.rows(), table.columns());
        try (Arena arena = Arena.ofShared()) {
            bytes(table.data().load(arena));
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ints(bytes.length);
        digest.update(bytes);
    }

    private void floats(float @Nullable [] values) {
        ints(values == null ? -1 : values.length);
        if (values != null) {
            for (float value : values) {
                ints(Float.floatToRawIntBits(value));
            }
        }
    }

    private void ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        digest.update(bytes);
    }

    /** Through a buffer on the heap. */
    private void bytes(MemorySegment segment) {
        byte[] chunk = new byte[(int) Math.min(CHUNK, segment.byteSize())];
        for (long at = 0; at < segment.byteSize(); at += chunk.length) {
            int count = (int) Math.min(chunk.length, segment.byteSize() - at);
            MemorySegment.copy(segment, at, MemorySegment.ofArray(chunk), 0, count);
            digest.update(chunk, 0, count);
        }
    }
}
