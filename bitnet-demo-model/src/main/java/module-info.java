/** A small trained model, as a resource. */
module bitnet.demo {}
