package bitnet.template;

/**
 * What a name or member that is not there evaluates to: printed as nothing, and false; using its members is an error.
 *
 * @param name what is not there
 */
record Undefined(String name) {
    TemplateError error() {
        return new TemplateError("'" + name + "' is not defined");
    }
}
