package bitnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages lead where they say, and name every setting. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");

    /** Files below the directories of the sources, but for what builds have made. */
    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> all = Files.walk(ROOT)) {
            return all.filter(file -> file.toString().endsWith(ending))
                    .filter(file -> Stream.of("target", "target-q", ".git", "node_modules")
                            .noneMatch(part -> ROOT.relativize(file).startsWith(part)
                                    || ROOT.relativize(file).toString().contains("/" + part + "/")))
                    .toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names that GitHub gives to headings. */
    private static Set<String> anchors(String page) {
        Set<String> anchors = new HashSet<>();
        for (MatchResult heading :
                HEADING.matcher(FENCED.matcher(page).replaceAll("")).results().toList()) {
            String name = heading.group(1)
                    .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            String anchor = name;
            for (int again = 1; !anchors.add(anchor); again++) {
                anchor = name + "-" + again;
            }
        }
        return anchors;
    }

    @Test
    void everyLinkLeadsToAFileAndItsHeading() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : files(".md")) {
            for (MatchResult link : LINK.matcher(FENCED.matcher(read(page)).replaceAll(""))
                    .results()
                    .toList()) {
                String target = link.group(1);
                if (target.matches("[a-z]+:.*")) {
                    continue;
                }
                int hash = target.indexOf('#');
                Path file = hash == 0
                        ? page
                        : page.resolveSibling(hash < 0 ? target : target.substring(0, hash))
                                .normalize();
                if (!Files.exists(file) || (hash >= 0 && !anchors(read(file)).contains(target.substring(hash + 1)))) {
                    broken.add(ROOT.relativize(page) + ": " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void everySettingIsOnItsPage() throws IOException {
        String page = read(ROOT.resolve("docs/settings.md"));
        var setting =
                Pattern.compile("\"(bitnet\\.(?:native|cpu|cuda|metal|coreml)\\.[a-z.]+|BITNET_[A-Z_]+|XDG_[A-Z_]+)\""
                        + "|@Name\\(\"(bitnet\\.[A-Za-z]+)\"\\)");
        Set<String> missing = new TreeSet<>();
        for (Path source : files(".java")) {
            if (source.toString().contains("/src/main/") && !source.toString().contains("/gen/")) {
                setting.matcher(read(source))
                        .results()
                        .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                        .filter(name -> !page.contains("`" + name + "`"))
                        .forEach(missing::add);
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everySettingOfThePageIsReadSomewhere() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (Path source : files(".java")) {
            if (source.toString().contains("/src/main/") && !source.toString().contains("/gen/")) {
                sources.append(read(source));
            }
        }
        for (String build : List.of("bitnet", "pom.xml", "native/Build.java")) {
            sources.append(read(ROOT.resolve(build)));
        }
        Set<String> unread = new TreeSet<>();
        for (MatchResult row : Pattern.compile("(?m)^\\| (`.*?) \\|")
                .matcher(read(ROOT.resolve("docs/settings.md")))
                .results()
                .toList()) {
            Pattern.compile("[A-Za-z][\\w.]+(?==|`)")
                    .matcher(row.group(1).replace("`-D", "`"))
                    .results()
                    .map(MatchResult::group)
                    .filter(name -> !Pattern.compile("(?<![\\w.])" + Pattern.quote(name) + "(?![\\w.])")
                            .matcher(sources)
                            .find())
                    .forEach(unread::add);
        }
        assertThat(unread).isEmpty();
    }

    @Test
    void everyArtifactIsInTheGuide() throws IOException {
        String guide = read(ROOT.resolve("docs/guide.md"));
        List<String> artifacts = Pattern.compile("<dependency>.*?<artifactId>(.*?)</artifactId>", Pattern.DOTALL)
                .matcher(read(ROOT.resolve("bitnet-bom/pom.xml")))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(artifacts)
                .contains("bitnet-core")
                .allSatisfy(name -> assertThat(guide).contains("| `" + name + "`"));
    }
}
