package bitnet.cli;

import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.server.BitNetServer;
import bitnet.server.ServerOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A model for OpenAI's clients and for a browser, until it is interrupted. */
@Command(
        name = "serve",
        description = {
            "Serves a model over HTTP with OpenAI's API, and a chat page at /.",
            "Ctrl-C stops it after the running requests are finished."
        })
final class ServeCommand implements Callable<Integer> {
    // the web server logs through java.util.logging; a level holds as long as its logger does
    private static final Logger WEB_SERVER = Logger.getLogger("io.helidon");

    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen on (default: 127.0.0.1); 0.0.0.0 means all addresses of this machine.")
    private String host = ServerOptions.defaults().host();

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port to listen on (default: 8080); 0 means any free port.")
    private int port = ServerOptions.defaults().port();

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description =
                    "Require this key in requests. May be given several times. The variable BITNET_API_KEY does the same, and"
                            + " other users of this machine cannot read it.")
    private List<String> apiKeys = new ArrayList<>();

    @Option(names = "--model-name", paramLabel = "NAME", description = "The name of the model that clients see.")
    private String modelName = "";

    @Option(
            names = "--embedding-model",
            paramLabel = "FILE|DIR",
            description = "An embedding model that answers /v1/embeddings (default: none).")
    private @Nullable Path embeddingModel;

    @Option(
            names = "--max-requests",
            paramLabel = "N",
            description =
                    "The largest number of requests at the same time (default: 256). Further ones are refused with status 429.")
    private int maxRequests = ServerOptions.defaults().maxWaiting();

    ServeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        ServerOptions options = options();
        WEB_SERVER.setLevel(Level.WARNING);
        var interrupted = new CountDownLatch(1);
        console.interruption().onInterrupt(interrupted::countDown);
        try (Model model = modelOptions.load(console);
                EmbeddingModel embeddings = embeddingModel == null
                        ? null
                        : EmbeddingModel.load(embeddingModel, modelOptions.loadOptions(console));
                BitNetServer server = start(model, embeddings, options)) {
            console.say("serving at " + server.address() + "; Ctrl-C ends it");
            interrupted.await();
        }
        return ExitCode.OK.code();
    }

    private static BitNetServer start(Model model, @Nullable EmbeddingModel embeddings, ServerOptions options) {
        try {
            return BitNetServer.start(model, embeddings, options);
        } catch (RuntimeException e) {
            throw new UsageException("cannot listen on " + options.host() + ", port " + options.port() + ": "
                    + rootOf(e).getMessage());
        }
    }

    private static Throwable rootOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private ServerOptions options() {
        console.environment().text("BITNET_API_KEY").ifPresent(apiKeys::add);
        try {
            return ServerOptions.defaults()
                    .withHost(host)
                    .withPort(port)
                    .withApiKeys(apiKeys)
                    .withModelName(modelName)
                    .withMaxWaiting(maxRequests);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }
}
