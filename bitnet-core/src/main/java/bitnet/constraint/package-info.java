/** Grammars that an answer has to follow: JSON schemas, regular expressions and GBNF, compiled to automata over bytes. */
@NullMarked
package bitnet.constraint;

import org.jspecify.annotations.NullMarked;
