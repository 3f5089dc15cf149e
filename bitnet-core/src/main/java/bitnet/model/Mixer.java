package bitnet.model;

import java.util.List;

/** What lets the tokens of a layer see each other. */
public sealed interface Mixer permits Attention, GatedDeltaNet {
    /** Its projections, in the order in which they are computed. */
    List<Linear> linears();
}
