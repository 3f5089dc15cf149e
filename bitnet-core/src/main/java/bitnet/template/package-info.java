/** Chat templates: a small Jinja. */
@NullMarked
package bitnet.template;

import org.jspecify.annotations.NullMarked;
