import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.felix.framework.Felix;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/**
 * Starts an OSGi framework with the jars of some directories as bundles, and runs the application among them.
 *
 * <p>Arguments: the class to run, and the directories.
 */
final class Framework {
    private Framework() {}

    public static void main(String[] arguments) throws Exception {
        Path storage = Files.createTempDirectory("felix");
        var felix = new Felix(Map.of(
                Constants.FRAMEWORK_STORAGE, storage.toString(),
                Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT));
        felix.start();
        List<Bundle> bundles = new ArrayList<>();
        for (String directory : List.of(arguments).subList(1, arguments.length)) {
            for (Path jar : jars(Path.of(directory))) {
                bundles.add(felix.getBundleContext().installBundle(jar.toUri().toString()));
            }
        }
        for (Bundle bundle : bundles) {
            if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
                bundle.start();
            }
        }
        for (Bundle bundle : bundles) {
            if ("consumer".equals(bundle.getSymbolicName())) {
                bundle.loadClass(arguments[0]).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
            }
        }
        felix.stop();
        felix.waitForStop(0);
    }

    private static List<Path> jars(Path directory) throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
            var sorted = new ArrayList<Path>();
            jars.forEach(sorted::add);
            sorted.sort(null);
            return sorted;
        }
    }
}
