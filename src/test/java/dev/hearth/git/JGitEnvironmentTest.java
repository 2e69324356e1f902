package dev.hearth.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class JGitEnvironmentTest {
    private static final String INITIALIZING = "Initializing '%s'";

    /** Two threads would wait for each other if one initialized a subclass of Transport, and another one Transport. */
    @Test
    void initializesTheTransportsBeforeAnyIsUsed() throws IOException, InterruptedException {
        var log = initializations();

        assertThat(log)
                .contains(INITIALIZING.formatted("org/eclipse/jgit/transport/Transport"))
                .contains(INITIALIZING.formatted("org/eclipse/jgit/transport/TcpTransport"));
        assertThat(log.indexOf(INITIALIZING.formatted("org/eclipse/jgit/transport/Transport")))
                .isLessThan(log.indexOf(INITIALIZING.formatted("org/eclipse/jgit/transport/TcpTransport")));
    }

    /** Returns which classes a JVM of its own has initialized once JGit is prepared. */
    private static String initializations() throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        var process = new ProcessBuilder(
                        List.of(java, "-Xlog:class+init=info", "-cp", classes, Preparation.class.getName()))
                .redirectErrorStream(true)
                .start();
        var log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(log).isZero();
        return log;
    }

    /** A program that does nothing else. */
    static final class Preparation {
        private Preparation() {}

        /** Takes no arguments. */
        public static void main(String[] arguments) {
            JGitEnvironment.install();
        }
    }
}
