package bitnet.template;

/**
 * What a name or member that is not there evaluates to: printed as nothing, and false; using its members is an error.
 *
 * @param name what is not there: a name, or an index
 */
record Undefined(Object name) {
    TemplateError error() {
        return new TemplateError("'" + TemplateError.shown(name.toString()) + "' is not defined");
    }
}
