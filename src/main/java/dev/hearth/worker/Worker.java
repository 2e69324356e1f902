package dev.hearth.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import dev.hearth.registry.ArtifactImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * The program of pods that publish or fetch artifacts: {@code publish FOLDER REPOSITORY} or {@code fetch IMAGE FOLDER
 * LIMIT}. It writes its result, one line of JSON, or the reason of its failure, one sentence, to the container's
 * termination message.
 *
 * @param message file of the termination message
 * @param retries schedule for retries of registry calls
 */
public record Worker(Map<String, String> environment, Path message, RetrySchedule retries) {
    private static final Logger LOG = Logger.getLogger(Worker.class);
    private static final String VERSIONS_DIFFER =
            " (hearth.worker.image and the operator have different versions: set the same version)";
    private static final RetrySchedule RETRIES = new RetrySchedule(Duration.ofMinutes(2), Duration.ofSeconds(1));

    public static void main(String... arguments) {
        // The tar library writes the user name to the headers of long names, and archives must not depend on the user.
        System.setProperty("user.name", "root");
        var worker = new Worker(System.getenv(), Path.of("/dev/termination-log"), RETRIES);
        System.exit(worker.run(List.of(arguments)));
    }

    /** Runs a command and returns the exit code. */
    int run(List<String> arguments) {
        try {
            writeMessage(result(arguments));
            return 0;
        } catch (WorkerFailure e) {
            return failed(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return failed("the artifact's files cannot be read or written: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed("interrupted");
        } catch (RuntimeException e) {
            LOG.error("unexpected failure", e);
            return failed("unexpected failure, please report it: " + e);
        }
    }

    private String result(List<String> arguments) throws WorkerFailure, IOException, InterruptedException {
        return switch (arguments.isEmpty() ? "" : arguments.getFirst()) {
            case "publish" -> publish(expect(arguments, 3));
            case "fetch" -> fetch(expect(arguments, 4));
            default -> throw new WorkerFailure("expected publish or fetch" + VERSIONS_DIFFER);
        };
    }

    private String publish(List<String> arguments) throws WorkerFailure, IOException, InterruptedException {
        var published = new ArtifactPublish(images(), RegistrySettings.of(environment), retries)
                .publish(Path.of(arguments.get(1)), arguments.get(2));
        return new ObjectMapper().writeValueAsString(published);
    }

    private String fetch(List<String> arguments) throws WorkerFailure, IOException, InterruptedException {
        new ArtifactFetch(images(), RegistrySettings.of(environment), retries)
                .fetch(arguments.get(1), Path.of(arguments.get(2)), Long.parseLong(arguments.get(3)));
        return "";
    }

    /** Allows loopback addresses: in a pod of the pipeline's namespace they are not those of the operator. */
    private static ArtifactImages images() {
        return new ArtifactImages(
                new ResponseBudget(ResponseLimits.ofHeap(Runtime.getRuntime().maxMemory())), true);
    }

    private static List<String> expect(List<String> arguments, int count) throws WorkerFailure {
        if (arguments.size() != count) {
            throw new WorkerFailure("expected " + count + " arguments" + VERSIONS_DIFFER);
        }
        return arguments;
    }

    private int failed(String why) {
        try {
            writeMessage(why);
        } catch (IOException e) {
            LOG.error("cannot write the termination message", e);
        }
        LOG.error(why);
        return 1;
    }

    private void writeMessage(String text) throws IOException {
        Files.writeString(message, text);
    }
}
