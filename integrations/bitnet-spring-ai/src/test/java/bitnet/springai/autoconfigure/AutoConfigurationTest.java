package bitnet.springai.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.EmbeddingModel;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.demo.DemoModel;
import bitnet.springai.BitNetChatModel;
import bitnet.springai.BitNetEmbeddingModel;
import bitnet.springai.BitNetHealthIndicator;
import bitnet.springai.BitNetMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.document.Document;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Applications of Spring Boot with nothing but properties. */
@Timeout(120)
class AutoConfigurationTest {
    private static final Path EMBEDDINGS =
            Path.of("..", "..", "bitnet-cli", "src", "test", "resources", "bitnet", "cli", "tiny-embedding.gguf");

    /** An application. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    /** An application with a model of its own. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class OwnModel {
        @Bean
        Model model() {
            return Model.load(DemoModel.file());
        }
    }

    private static ConfigurableApplicationContext run(Class<?> application, String... properties) {
        return new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .properties("spring.main.banner-mode=off", "logging.level.root=warn")
                .properties(properties)
                .run();
    }

    @Test
    void propertiesMakeAModel() {
        Model model;
        try (var context = run(
                Application.class,
                "spring.ai.bitnet.model=" + DemoModel.file(),
                "spring.ai.bitnet.devices=cpu",
                "spring.ai.bitnet.context-length=512",
                "spring.ai.bitnet.max-running=3",
                "spring.ai.bitnet.chat.model=demo",
                "spring.ai.bitnet.chat.temperature=0",
                "spring.ai.bitnet.chat.max-tokens=100",
                "management.endpoint.health.show-details=always")) {
            model = context.getBean(Model.class);
            assertThat(model.info().contextLength()).isEqualTo(512);
            ChatClient client = context.getBean(ChatClient.Builder.class).build();
            assertThat(client.prompt("What is 27 + 48?").call().content()).isEqualTo("27 + 48 = 75.");
            assertThat(client.prompt("What is 27 + 48?")
                            .call()
                            .chatResponse()
                            .getMetadata()
                            .getModel())
                    .isEqualTo("demo");
            assertThat(context.getBean(HealthEndpoint.class)
                            .healthForPath("bitnet")
                            .getStatus())
                    .isEqualTo(Status.UP);
            meters(context.getBean(MeterRegistry.class), model);
            assertThat(context.getBeansOfType(BitNetEmbeddingModel.class)).isEmpty();
        }
        assertThat(new BitNetHealthIndicator(model).health().getStatus())
                .as("closed with the context")
                .isEqualTo(Status.DOWN);
    }

    private static void meters(MeterRegistry registry, Model model) {
        assertThat(registry.get("bitnet.tokens.completion")
                        .tag("device", "cpu")
                        .tag("model", model.info().name())
                        .functionCounter()
                        .count())
                .isEqualTo(model.stats().completionTokens())
                .isPositive();
        assertThat(registry.get("bitnet.generations.running").gauge().value()).isZero();
        assertThat(registry.get("bitnet.first.token").timer().count()).isEqualTo(2);
        assertThat(registry
                        .get("gen_ai.client.operation")
                        .tag("gen_ai.system", "bitnet")
                        .tag("gen_ai.request.model", "demo")
                        .timers()
                        .stream()
                        .mapToLong(Timer::count)
                        .sum())
                .isEqualTo(2);
        assertThat(registry.get("gen_ai.client.token.usage")
                        .tag("gen_ai.token.type", "output")
                        .counters())
                .isNotEmpty();
    }

    @Test
    void withoutAModelThereIsNothing() {
        try (var context = run(Application.class)) {
            assertThat(context.getBeansOfType(BitNetChatModel.class)).isEmpty();
            assertThat(context.getBeansOfType(BitNetHealthIndicator.class)).isEmpty();
            assertThat(context.getBeansOfType(BitNetMetrics.class)).isEmpty();
        }
    }

    @Test
    void anApplicationMayHaveAModelOfItsOwn() {
        try (var context = run(OwnModel.class, "spring.ai.bitnet.chat.temperature=0")) {
            assertThat(context.getBean(BitNetChatModel.class).call("What is 27 + 48?"))
                    .isEqualTo("27 + 48 = 75.");
        }
        try (var context = run(OwnModel.class, "spring.ai.model.chat=other")) {
            assertThat(context.getBeansOfType(BitNetChatModel.class))
                    .as("another chat model is asked for")
                    .isEmpty();
        }
    }

    @Test
    void propertiesMakeAnEmbeddingModel() {
        try (var context = run(
                        Application.class,
                        "spring.ai.bitnet.embedding.model=" + EMBEDDINGS,
                        "spring.ai.bitnet.embedding.dimensions=8");
                EmbeddingModel model = EmbeddingModel.load(EMBEDDINGS)) {
            BitNetEmbeddingModel embeds = context.getBean(BitNetEmbeddingModel.class);
            float[] fox = model.embed(
                            "a fox", bitnet.EmbeddingOptions.defaults().withDimensions(8))
                    .vector();
            assertThat(embeds.embed("a fox")).containsExactly(fox);
            assertThat(embeds.embed(new Document("a fox"))).containsExactly(fox);
            assertThat(embeds.embed(List.of("a lantern", "a fox")).get(1)).containsExactly(fox);
            assertThat(embeds.dimensions()).isEqualTo(8);
            var response = embeds.embedForResponse(List.of("a fox", "a fox"));
            assertThat(response.getMetadata().getUsage().getPromptTokens())
                    .isEqualTo(2 * model.tokens("a fox", bitnet.EmbeddingOptions.defaults()).length);
            assertThat(response.getMetadata().getModel()).isEqualTo(model.info().name());
            assertThat(context.getBean(MeterRegistry.class)
                            .get("gen_ai.client.operation")
                            .tag("gen_ai.operation.name", "embedding")
                            .timers())
                    .isNotEmpty();
        }
    }

    @Test
    void answersUnderWayComeToTheirEnd() throws Exception {
        var context = run(OwnModel.class);
        Model model = context.getBean(Model.class);
        var started = new CompletableFuture<Void>();
        var finished = new CompletableFuture<Integer>();
        Thread.ofVirtual().start(() -> {
            try (Generation generation = model.generate(
                    List.of(Message.user("Tell me a story.")),
                    GenerationOptions.greedy().withIgnoreEndOfGeneration(true).withMaxTokens(300))) {
                generation.next();
                started.complete(null);
                finished.complete(generation.finish().usage().completionTokens());
            } catch (RuntimeException e) {
                finished.completeExceptionally(e);
            }
        });
        started.get(60, TimeUnit.SECONDS);
        context.close();
        assertThat(finished).isDone();
        assertThat(finished.get()).isEqualTo(300);
    }

    @Test
    void propertiesAreDescribed() throws IOException {
        // Boot's own jars have files of the same name
        var metadata = new StringBuilder();
        for (URL file : Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream in = file.openStream()) {
                metadata.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        assertThat(metadata.toString().lines().map(String::strip))
                .contains(
                        "\"name\": \"spring.ai.bitnet.model\",",
                        "\"name\": \"spring.ai.bitnet.devices\",",
                        "\"name\": \"spring.ai.bitnet.max-queued\",",
                        "\"name\": \"spring.ai.bitnet.chat.min-p\",",
                        "\"name\": \"spring.ai.bitnet.embedding.prompt-name\",",
                        "\"description\": \"choose among this many best tokens; 0 for all\",");
    }
}
