package dev.hearth.controller.run.matrix;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.budget.Reservation;
import dev.hearth.budget.Response;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseTooLarge;
import dev.hearth.cluster.ShardStore;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.results.ReportFileCollector;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.testreport.ShardPlanner;
import dev.hearth.core.testreport.TestDurations;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.report.DurationsFile;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Assigns the tests of a task to shards by their durations in the newest run of the same ref, else of the seed refs.
 */
@ApplicationScoped
public class ShardResolver {
    private static final Logger LOG = Logger.getLogger(ShardResolver.class);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** Memory of a parsed note of durations, compared with that of other responses of the same size. */
    private static final int TIMES_LARGER = 2;

    private final ResponseBudget budget;
    private final ResultStore store;
    private final ShardStore lists;

    public ShardResolver(ResponseBudget budget, ResultStore store, ShardStore lists) {
        this.budget = budget;
        this.store = store;
        this.lists = lists;
    }

    /**
     * Returns a matrix cell for each shard. A shard without tests has none, since most tools run all tests if none is
     * named.
     *
     * @param text content of the file that lists the tests
     */
    List<Map<String, String>> cells(RunContext run, Step.MatrixReader reader, String text)
            throws MatrixFileReader.Invalid {
        var tests = ShardPlanner.list(text);
        if (tests.isEmpty()) {
            throw new MatrixFileReader.Invalid("it lists no tests");
        }
        var shards = split(run, reader, tests);
        var byShard = new TreeMap<String, String>();
        for (int i = 0; i < shards.size(); i++) {
            if (!shards.get(i).isEmpty()) {
                byShard.put(String.valueOf(i + 1), String.join("\n", shards.get(i)) + "\n");
            }
        }
        var stored = lists.store(
                run.namespace(),
                Names.shards(run.name(), reader.name()),
                byShard,
                ObjectLabels.ofRun(run.pipeline(), run.name()),
                OwnerReferences.controller(run.resource()));
        return stored.keySet().stream()
                .sorted(Comparator.comparingInt(Integer::parseInt))
                .map(shard -> Map.of(MatrixCell.SHARD, shard))
                .toList();
    }

    /**
     * Splits within the response budget, since durations of many shards are megabytes. Beyond it, fewer durations
     * count.
     */
    private List<List<String>> split(RunContext run, Step.MatrixReader reader, List<String> tests) {
        var count = Objects.requireNonNull(reader.spec().shards());
        try {
            return budget.call(
                    run.namespace(),
                    LIMIT,
                    reservation -> ShardPlanner.split(tests, durations(run, reader.name(), reservation), count));
        } catch (ExecutionException | TimeoutException e) {
            LOG.infof(
                    "%s: tests of %s are split without durations: %s",
                    ResourceName.of(run.resource()), reader.name(), e.getMessage());
            return ShardPlanner.split(tests, TestDurations.NONE, count);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ShardPlanner.split(tests, TestDurations.NONE, count);
        }
    }

    private TestDurations durations(RunContext run, String task, Reservation reservation) throws IOException {
        var refs = Stream.concat(Stream.of(run.resource().getSpec().ref()), run.status().seedRefs().stream())
                .distinct()
                .toList();
        var sources = run.reusableRuns().toList();
        for (String ref : refs) {
            var newestFirst = sources.stream()
                    .filter(earlier -> earlier.getSpec().ref().equals(ref))
                    .toList();
            for (PipelineRun earlier : newestFirst) {
                var known = durations(earlier, task, reservation.response());
                if (known.isPresent()) {
                    return known.get();
                }
            }
        }
        return TestDurations.NONE;
    }

    private Optional<TestDurations> durations(PipelineRun run, String task, Response response) throws IOException {
        var status = run.getStatus();
        var known = Optional.<TestDurations>empty();
        for (StepStatus step : status == null ? List.<StepStatus>of() : status.steps()) {
            var note = step.name().startsWith(task + "[") ? note(run, step.name()) : Optional.<String>empty();
            if (note.isPresent()) {
                try {
                    response.add((long) note.get().length() * TIMES_LARGER);
                } catch (ResponseTooLarge e) {
                    return known;
                }
                var more = DurationsFile.read(note.get());
                known = Optional.of(known.map(all -> all.and(more)).orElse(more));
            }
        }
        return known;
    }

    private Optional<String> note(PipelineRun run, String step) throws IOException {
        return store.readNote(RunId.of(run), step, ReportFileCollector.DURATIONS);
    }
}
