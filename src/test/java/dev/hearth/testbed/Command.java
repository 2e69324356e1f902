package dev.hearth.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Runs programs of this machine, whose output is that of the tests. */
final class Command {
    private Command() {}

    /** Runs a program. Throws if it fails. */
    static void run(String... command) {
        try {
            var process = new ProcessBuilder(command).inheritIO().start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed, see above");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
