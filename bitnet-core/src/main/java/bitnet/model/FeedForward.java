package bitnet.model;

import java.util.List;

/** What a layer does to each token alone. */
public sealed interface FeedForward permits GatedFeedForward {
    /** Its projections, in the order in which they are computed. */
    List<Linear> linears();
}
