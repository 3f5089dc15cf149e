package example;

import bitnet.Model;
import bitnet.demo.DemoModel;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Answers a question with a record. */
@SpringBootApplication
public class Application {
    record Sum(int result) {}

    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments).close();
    }

    /** The demo model; without this bean the property {@code spring.ai.bitnet.model} names a file. */
    @Bean
    Model model() {
        return Model.load(DemoModel.file());
    }

    @Bean
    CommandLineRunner ask(ChatClient.Builder builder) {
        ChatClient client = builder.build();
        return arguments -> System.out.println(client.prompt("What is 27 + 48?")
                .call()
                .entity(Sum.class, entity -> entity.useProviderStructuredOutput()));
    }
}
