package dev.hearth.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The result of a command. */
record FinishedCommand(int status, String output) {

    /** Helm, which src/testbed/prepare provides. */
    static FinishedCommand helm(String... arguments) {
        var helm = Optional.ofNullable(System.getenv("HEARTH_HELM"))
                .orElseThrow(() -> new IllegalStateException(
                        "HEARTH_HELM does not name a helm: run src/testbed/prepare, then `. target/testbed.env`"));
        return run(Stream.concat(Stream.of(helm), Stream.of(arguments)).toList());
    }

    static FinishedCommand helm(Path kubeconfig, String namespace, List<String> arguments) {
        return helm(Stream.concat(
                        arguments.stream(), Stream.of("--kubeconfig", kubeconfig.toString(), "--namespace", namespace))
                .toArray(String[]::new));
    }

    static FinishedCommand run(List<String> command) {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new FinishedCommand(process.waitFor(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Returns the output. Fails if the command failed. */
    String succeeded() {
        if (status != 0) {
            throw new AssertionError("exited with " + status + ": " + output);
        }
        return output;
    }
}
