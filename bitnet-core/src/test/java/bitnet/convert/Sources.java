package bitnet.convert;

import bitnet.gguf.GgufFile;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufOptions;
import bitnet.model.ModelFile;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.tensor.I2sLayout;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Models to convert: a Hugging Face directory where the name begins with a slash, else a GGUF file. */
final class Sources {
    private Sources() {}

    static ModelFile open(String name) throws Exception {
        if (name.startsWith("/")) {
            return HuggingFaceModel.open(Path.of(Sources.class.getResource(name).toURI()));
        }
        I2sLayout layout =
                name.contains("-arm") ? I2sLayout.ARM : name.contains("-row4") ? I2sLayout.FOUR_ROWS : I2sLayout.X86;
        String path = "/bitnet/gguf/" + name;
        InputStream plain = Sources.class.getResourceAsStream(path);
        try (InputStream in =
                plain != null ? plain : new GZIPInputStream(Sources.class.getResourceAsStream(path + ".gz"))) {
            GgufFile file = GgufFile.of(name, MemorySegment.ofArray(in.readAllBytes()));
            return GgufModel.of(file, GgufOptions.DEFAULT.withI2sLayout(layout));
        }
    }
}
