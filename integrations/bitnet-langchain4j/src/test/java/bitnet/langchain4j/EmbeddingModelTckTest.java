package bitnet.langchain4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.nio.file.Path;
import java.util.List;

/** LangChain4j's tests of every {@link EmbeddingModel}, with a small one. It tells no kinds of input apart, and takes no images. */
class EmbeddingModelTckTest extends AbstractEmbeddingModelIT {
    private static final Path FILE =
            Path.of("..", "..", "bitnet-cli", "src", "test", "resources", "bitnet", "cli", "tiny-embedding.gguf");
    private static final bitnet.EmbeddingModel MODEL = bitnet.EmbeddingModel.load(FILE);

    @Override
    protected List<EmbeddingModel> models() {
        return List.of(new BitNetEmbeddingModel(MODEL));
    }

    @Override
    protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
        return new BitNetEmbeddingModel(MODEL).addListener(listener);
    }

    /** One that is closed. */
    @Override
    protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
        bitnet.EmbeddingModel closed = bitnet.EmbeddingModel.load(FILE);
        closed.close();
        return new BitNetEmbeddingModel(closed).addListener(listener);
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return false;
    }

    @Override
    protected boolean supportsDimensionsParameter() {
        return true;
    }

    @Override
    protected int dimensionsParameter() {
        return 8;
    }

    @Override
    protected boolean supportsImageInput() {
        return false;
    }
}
