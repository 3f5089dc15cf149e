package bitnet;

/** How keys and values are stored between tokens. It is part of the numerics: each type gives results of its own, and the same ones on every backend. */
public enum KvType {
    /** IEEE half precision, rounded to nearest even: the default, half the memory and traffic. */
    F16(2),
    /** Single precision. */
    F32(4);

    private final int bytes;

    KvType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
