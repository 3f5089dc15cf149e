package bitnet.template;

/** The value {@code none}. */
enum None {
    NONE
}
