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
 * {@code publish FOLDER REPOSITORY} or {@code fetch IMAGE FOLDER LIMIT}. The result, one line of JSON, or the reason of a
 * failure, one sentence, is the container's termination message.
 *
 * @param message where that goes
 */
public record Worker(Map<String, String> environment, Path message, RetrySchedule patience) {
    private static final Logger LOG = Logger.getLogger(Worker.class);
    private static final String DIFFER = ": hearth.worker.image is of another version than the operator";
    private static final RetrySchedule PATIENCE = new RetrySchedule(Duration.ofMinutes(2), Duration.ofSeconds(1));

    public static void main(String... arguments) {
        // The tar library writes it into the headers of long names, and the archive is to be the same whoever made it.
        System.setProperty("user.name", "root");
        var worker = new Worker(System.getenv(), Path.of("/dev/termination-log"), PATIENCE);
        System.exit(worker.run(List.of(arguments)));
    }

    /** The exit code. */
    int run(List<String> arguments) {
        try {
            say(result(arguments));
            return 0;
        } catch (WorkerFailure e) {
            return failed(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return failed("the artifact's files cannot be read or written: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed("interrupted");
        } catch (RuntimeException e) {
            LOG.error("Unexpected", e);
            return failed("unexpected, please report it: " + e);
        }
    }

    private String result(List<String> arguments) throws WorkerFailure, IOException, InterruptedException {
        return switch (arguments.isEmpty() ? "" : arguments.getFirst()) {
            case "publish" -> publish(expect(arguments, 3));
            case "fetch" -> fetch(expect(arguments, 4));
            default -> throw new WorkerFailure("expected publish or fetch" + DIFFER);
        };
    }

    private String publish(List<String> arguments) throws WorkerFailure, IOException, InterruptedException {
        var published = new ArtifactPublish(images(), RegistrySettings.of(environment), patience)
                .publish(Path.of(arguments.get(1)), arguments.get(2));
        return new ObjectMapper().writeValueAsString(published);
    }

    private String fetch(List<String> arguments) throws WorkerFailure, IOException, InterruptedException {
        new ArtifactFetch(images(), RegistrySettings.of(environment), patience)
                .fetch(arguments.get(1), Path.of(arguments.get(2)), Long.parseLong(arguments.get(3)));
        return "";
    }

    /** With loopback: a pod of the pipeline's namespace is its own host, and the operator's is out of its reach. */
    private static ArtifactImages images() {
        return new ArtifactImages(
                new ResponseBudget(ResponseLimits.ofHeap(Runtime.getRuntime().maxMemory())), true);
    }

    private static List<String> expect(List<String> arguments, int count) throws WorkerFailure {
        if (arguments.size() != count) {
            throw new WorkerFailure("expected " + count + " arguments" + DIFFER);
        }
        return arguments;
    }

    private int failed(String why) {
        try {
            say(why);
        } catch (IOException e) {
            LOG.error("No termination message", e);
        }
        LOG.error(why);
        return 1;
    }

    private void say(String what) throws IOException {
        Files.writeString(message, what);
    }
}
