package dev.hearth.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The images of the agent that {@code src/testbed/prepare} builds. They have the version of the chart. */
public final class AgentImages {
    public static final String BUILD = "hearth/agent:" + version();
    public static final String ROOTLESS = BUILD + "-rootless";
    /** The image of build pods with the agent's end-to-end tests. */
    public static final String TEST = "hearth/agent-test:" + version();

    private AgentImages() {}

    /** Makes images known to a node that does not carry them. */
    public static void load(Cluster cluster, String... images) {
        if ("pulled".equals(System.getenv("HEARTH_TESTBED"))) {
            Stream.of(images).forEach(cluster::load);
        }
    }

    private static String version() {
        try (var lines = Files.lines(Path.of("charts/hearth/Chart.yaml"))) {
            return lines.filter(line -> line.startsWith("appVersion: "))
                    .map(line -> line.replace("appVersion: ", ""))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
