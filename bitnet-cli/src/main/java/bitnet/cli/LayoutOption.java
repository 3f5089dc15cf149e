package bitnet.cli;

import bitnet.tensor.I2sLayout;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option for what GGUF files with I2_S weights do not say about themselves. */
final class LayoutOption {
    @Option(
            names = "--i2s-layout",
            paramLabel = "LAYOUT",
            converter = Converter.class,
            description =
                    "The layout of I2_S weights in a GGUF file, which the file does not say: x86 (the default), arm or four-rows.")
    I2sLayout i2s = I2sLayout.X86;

    /** Names with hyphens, as options have them. */
    static final class Converter implements ITypeConverter<I2sLayout> {
        @Override
        public I2sLayout convert(String text) {
            try {
                return I2sLayout.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' is not x86, arm or four-rows");
            }
        }
    }
}
