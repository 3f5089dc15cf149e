package bitnet;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.beFinal;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the packages of the core may know of each other, and what none of them may do. */
class ArchitectureTest {
    private static JavaClasses core;

    @BeforeAll
    static void importClasses() {
        var classes =
                BitNetException.class.getProtectionDomain().getCodeSource().getLocation();
        core = new ClassFileImporter().importUrl(classes);
        assertThat(core.contain(BitNetException.class)).isTrue();
    }

    /** Package by package, the other packages of the core that it may use. "bitnet" stands for the root package. */
    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "bitnet.tensor      | bitnet",
                "bitnet.tokenizer   | bitnet",
                "bitnet.constraint  | bitnet bitnet.tokenizer",
                "bitnet.template    | bitnet bitnet.json bitnet.tokenizer",
                "bitnet.sampling    | bitnet bitnet.spi",
                "bitnet.model       | bitnet bitnet.tensor bitnet.tokenizer",
                "bitnet.family      | bitnet bitnet.model",
                "bitnet.gguf        | bitnet bitnet.family bitnet.model bitnet.tensor bitnet.tokenizer",
                "bitnet.json        | bitnet",
                "bitnet.safetensors | bitnet bitnet.family bitnet.json bitnet.model bitnet.tensor bitnet.tokenizer",
                "bitnet.natives     | bitnet",
                "bitnet.convert     | bitnet bitnet.gguf bitnet.model bitnet.spi bitnet.tensor bitnet.tokenizer",
                "bitnet.inspect     | bitnet bitnet.gguf bitnet.model bitnet.safetensors bitnet.template bitnet.tensor bitnet.tokenizer",
                "bitnet.spi         | bitnet bitnet.model bitnet.tensor",
                "bitnet.forward     | bitnet bitnet.spi bitnet.model bitnet.tensor",
                "bitnet.scalar      | bitnet bitnet.spi bitnet.model bitnet.tensor bitnet.forward",
            })
    void usesOnly(String user, String used) {
        String[] allowed = Stream.concat(Stream.of(used.split(" ")), Stream.of(user + ".."))
                .toArray(String[]::new);
        check(noClasses()
                .that()
                .resideInAPackage(user + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("bitnet..")
                        .and(DescribedPredicate.not(resideInAnyPackage(allowed)))
                        .as("lie outside %s", used)));
    }

    @Test
    @DisplayName("below the engine, the root package means devices, settings and exceptions: not models or chats")
    void lowerPackagesDoNotUseTheEntryPoints() {
        check(noClasses()
                .that()
                .resideInAPackage("bitnet.*..")
                .and()
                .resideOutsideOfPackage("bitnet.engine..")
                .should()
                .dependOnClassesThat(named("bitnet.Model", "bitnet.ChatSession", "bitnet.Generation")));
    }

    @Test
    void packagesHaveNoCycles() {
        check(slices().matching("bitnet.(*)..").should().beFreeOfCycles());
    }

    @Test
    void nothingPrints() {
        check(noClasses().should(ACCESS_STANDARD_STREAMS));
        check(noClasses().should().callMethod(Throwable.class, "printStackTrace"));
    }

    @Test
    void nothingEndsTheJvm() {
        check(noClasses().should().callMethod(System.class, "exit", int.class));
        check(noClasses().should().callMethod(Runtime.class, "exit", int.class));
        check(noClasses().should().callMethod(Runtime.class, "halt", int.class));
    }

    @Test
    void nothingUsesTheNetwork() {
        check(noClasses().should().dependOnClassesThat().resideInAnyPackage("java.net..", "javax.net.."));
    }

    @Test
    void nothingReflects() {
        check(noClasses().should().dependOnClassesThat().resideInAPackage("java.lang.reflect.."));
        check(noClasses().should().callMethod(Class.class, "forName", String.class));
        check(noClasses().should().callMethod(Class.class, "forName", String.class, boolean.class, ClassLoader.class));
        check(noClasses().should().callMethod(Class.class, "forName", Module.class, String.class));
        check(noClasses().should().callMethod(ClassLoader.class, "loadClass", String.class));
    }

    @Test
    void nothingNeedsAnIncubator() {
        check(noClasses().should().dependOnClassesThat().resideInAPackage("jdk.incubator.."));
    }

    @Test
    @DisplayName(
            "no static state: static fields are final, and hold no collection, atomic or thread local that can change")
    void noStaticState() {
        check(fields().that().areStatic().should(beFinal()));
        check(noFields()
                .that()
                .areStatic()
                .should()
                .haveRawType(assignableTo(Collection.class)
                        .or(assignableTo(Map.class))
                        .and(DescribedPredicate.not(JavaClass.Predicates.INTERFACES)))
                .orShould()
                .haveRawType(resideInAPackage("java.util.concurrent.."))
                .orShould()
                .haveRawType(assignableTo(ThreadLocal.class)));
    }

    private static DescribedPredicate<HasName> named(String... names) {
        return DescribedPredicate.describe(
                "are named " + String.join(", ", names),
                type -> Stream.of(names).anyMatch(type.getName()::equals));
    }

    /** Checks a rule, which also holds where a package has no classes yet. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(core);
    }
}
