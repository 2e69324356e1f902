package dev.hearth.controller.run;

import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.ShardLists;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.plan.Leg;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.tests.Shards;
import dev.hearth.core.tests.TestDurations;
import dev.hearth.pod.Labels;
import dev.hearth.report.DurationsNote;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Splits the tests of a task by how long they took in the newest run of the same ref, else of the refs that it is based on. */
@ApplicationScoped
public class ShardPlans {
    private final ResultStore store;
    private final ShardLists lists;

    public ShardPlans(ResultStore store, ShardLists lists) {
        this.store = store;
        this.lists = lists;
    }

    /**
     * The legs of a task that is split; a shard without tests is none, since most tools run all tests if they are told none.
     *
     * @param text of the file that lists the tests
     */
    List<Map<String, String>> legs(RunView view, Step.Listing listing, String text) throws LegFile.Invalid {
        var tests = Shards.list(text);
        if (tests.isEmpty()) {
            throw new LegFile.Invalid("it lists no tests");
        }
        var shards = Shards.split(
                tests,
                durations(view, listing.name()),
                Objects.requireNonNull(listing.spec().shards()));
        var byShard = new TreeMap<String, String>();
        for (int at = 0; at < shards.size(); at++) {
            if (!shards.get(at).isEmpty()) {
                byShard.put(String.valueOf(at + 1), String.join("\n", shards.get(at)) + "\n");
            }
        }
        var kept = lists.keep(
                view.namespace(),
                Names.shards(view.name(), listing.name()),
                byShard,
                Labels.ofRun(view.run().getSpec().pipeline(), view.name()),
                Owners.controller(view.run()));
        return kept.keySet().stream()
                .sorted(Comparator.comparingInt(Integer::parseInt))
                .map(shard -> Map.of(Leg.SHARD, shard))
                .toList();
    }

    private TestDurations durations(RunView view, String task) {
        return Stream.concat(Stream.of(view.run().getSpec().ref()), view.status().bases().stream())
                .distinct()
                .flatMap(ref -> view.siblings().stream()
                        .filter(run -> run.getSpec().ref().equals(ref) && view.mayTakeFrom(run))
                        .sorted(Comparator.comparing(
                                        (PipelineRun run) -> run.getMetadata().getCreationTimestamp())
                                .reversed()))
                .flatMap(run -> durations(run, task).stream())
                .findFirst()
                .orElse(TestDurations.NONE);
    }

    private Optional<TestDurations> durations(PipelineRun run, String task) {
        var status = run.getStatus();
        return status == null
                ? Optional.empty()
                : status.steps().stream()
                        .filter(step -> step.name().startsWith(task + "["))
                        .flatMap(step -> note(run, step.name()).stream())
                        .map(DurationsNote::read)
                        .reduce(TestDurations::and);
    }

    private Optional<String> note(PipelineRun run, String step) {
        try {
            return store.readNote(RunId.of(run), step, ReportFiles.DURATIONS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
