package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** A cluster for decisions: does what it is told, late, and lets steps end well, badly, or with their pods. */
final class FakeCluster {
    /** Timeout of a command. */
    static final Duration LIMIT = Duration.ofMinutes(5);

    private static final List<Map<String, String>> LISTED =
            List.of(Map.of("example", "join"), Map.of("example", "sum"), Map.of("example", "a, b=c"));

    final String run = "run";
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Random random;
    private final Map<String, Map<String, Observation>> pods = new LinkedHashMap<>();
    /** Pods that the watch has shown. Other pods may exist already. */
    private final Map<String, Map<String, Observation>> shown = new LinkedHashMap<>();

    private final Map<String, Boolean> reusable = new HashMap<>();

    FakeCluster(Random random, Plan plan) {
        this.random = random;
        plan.steps().stream()
                .filter(step -> step.keepsFiles() && random.nextInt(4) == 0)
                .forEach(step -> reusable.put(step.name(), false));
    }

    Map<String, Observation> observe(Plan plan, Map<String, Integer> attempts) {
        var observed = new HashMap<String, Observation>();
        for (Step step : plan.steps()) {
            var attempt = attempts.getOrDefault(step.name(), 1);
            var pod = shown.get(Names.pod(run, step, attempt));
            if (pod != null && pod.containsKey(step.name())) {
                observed.put(step.name(), pod.get(step.name()));
            } else if (attempt == 1 && reusable.containsKey(step.name())) {
                observed.put(step.name(), new Observation.Reusable(OTHERS, reusable.get(step.name())));
                reusable.put(step.name(), true); // the watch shows that the run names it
            } else if (pod != null) {
                observed.put(step.name(), broken(Reason.ReusedArtifactLost, Failure.Infrastructure));
            }
        }
        return observed;
    }

    Set<String> alive() {
        return shown.keySet().stream().filter(this::runs).collect(Collectors.toSet());
    }

    /** Names of the existing pods that have not ended, whether the watch has shown them or not. */
    long running(String prefix) {
        return pods.keySet().stream()
                .filter(pod -> pod.startsWith(prefix) && runs(pod))
                .count();
    }

    boolean isEmpty() {
        return pods.keySet().stream().noneMatch(this::runs);
    }

    private boolean runs(String pod) {
        return pods.getOrDefault(pod, Map.of()).values().stream()
                .anyMatch(seen -> seen instanceof Observation.Waiting || seen instanceof Observation.Running);
    }

    /** Creates the pod of an action with its steps. */
    Set<String> act(Action action) {
        return switch (action) {
            case Action.StartBuilds start -> {
                var name = Names.buildPod(run, start.platform(), start.attempt());
                yield create(name, start.builds().stream().map(Step::name).collect(Collectors.toSet()));
            }
            case Action.StartTask start -> create(start.task(), start.attempt());
            case Action.StartMatrixReader start -> create(start.reader(), start.attempt());
            case Action.StartArtifactUpload start -> create(start.upload(), start.attempt());
            case Action.StartImagePublish start -> create(start.index(), start.attempt());
            case Action.EndWarmPod _, Action.MakeRoom _ -> Set.of();
            case Action.ExpirePod(String pod) -> {
                pods.getOrDefault(pod, Map.of())
                        .replaceAll((_, seen) -> isOpen(seen) ? broken(Reason.TimedOut, Failure.Timeout) : seen);
                yield Set.of();
            }
            case Action.StopPod(String pod) -> {
                pods.remove(pod);
                yield Set.of();
            }
        };
    }

    private Set<String> create(Step step, int attempt) {
        return create(Names.pod(run, step, attempt), Set.of(step.name()));
    }

    private Set<String> create(String name, Set<String> steps) {
        assertThat(steps).isNotEmpty();
        if (pods.containsKey(name)) {
            return Set.of();
        }
        pods.put(
                name,
                steps.stream()
                        .collect(Collectors.toMap(
                                step -> step,
                                _ -> new Observation.Waiting(
                                        Reason.Starting,
                                        "its pod is starting",
                                        Optional.of(now.plus(LIMIT)),
                                        Failure.Infrastructure),
                                (one, _) -> one,
                                HashMap::new)));
        return steps.stream().map(step -> name + " " + step).collect(Collectors.toSet());
    }

    /** Lets some time pass. */
    void advance() {
        now = now.plusSeconds(1 + random.nextInt(30));
        if (random.nextInt(12) == 0 && !pods.isEmpty()) {
            var lost = List.copyOf(pods.keySet()).get(random.nextInt(pods.size()));
            pods.remove(lost);
        }
        if (random.nextInt(40) == 0) {
            reusable.clear();
        }
        pods.forEach((name, steps) -> steps.replaceAll((_, seen) -> switch (seen) {
            case Observation.Waiting _ -> random.nextInt(3) == 0 ? begun(name) : seen;
            case Observation.Running _ -> random.nextInt(3) == 0 ? ended(name) : seen;
            case Observation other -> other;
        }));
        show();
    }

    void show() {
        shown.keySet().retainAll(pods.keySet());
        pods.forEach((name, steps) -> {
            if (shown.containsKey(name) || random.nextInt(3) > 0) {
                shown.put(name, Map.copyOf(steps));
            }
        });
    }

    /** Shows all changes. */
    void showAll() {
        shown.clear();
        pods.forEach((name, steps) -> shown.put(name, Map.copyOf(steps)));
    }

    private Observation begun(String pod) {
        return switch (random.nextInt(6)) {
            case 0 -> broken(Reason.Evicted, Failure.Infrastructure);
            case 1 ->
                new Observation.Waiting(Reason.ImagePullFailed, "", Optional.of(Instant.EPOCH), fault(Failure.Setup));
            default ->
                new Observation.Running(
                        now, Optional.of(now.plus(LIMIT)).filter(_ -> pod.contains("-task-")), Optional.empty());
        };
    }

    private Failure fault(Failure other) {
        return random.nextBoolean() ? Failure.Infrastructure : other;
    }

    private Observation ended(String pod) {
        return switch (random.nextInt(6)) {
            case 0 -> broken(Reason.TaskFailed, Failure.Command);
            case 1 -> broken(Reason.NodeLost, Failure.Infrastructure);
            default -> pod.contains("-list-") ? new Observation.Listed(now, LISTED) : done(kept());
        };
    }

    private StepOutputs kept() {
        return random.nextInt(4) == 0
                ? StepOutputs.NOTHING
                : StepOutputs.NOTHING.withFiles(new StepOutputs.Files("sha256:f", 1, 1, VOLUME));
    }

    private Observation.Done done(StepOutputs kept) {
        return new Observation.Done(
                now,
                now,
                Optional.of(BuildResultBuilder.builder().digest("sha256:x").build()),
                kept);
    }

    private Observation.Broken broken(Reason reason, Failure fault) {
        return new Observation.Broken(
                Optional.of(now), now, Optional.of(1), new StatusReason(reason, "log"), fault, StepOutputs.NOTHING);
    }

    private static boolean isOpen(Observation seen) {
        return seen instanceof Observation.Waiting || seen instanceof Observation.Running;
    }

    private static final ArtifactLocation VOLUME = new ArtifactLocation("volume", "uid", "artifacts/run/attempt");

    private static final ArtifactStatus OTHERS = ArtifactStatusBuilder.builder()
            .digest("sha256:f")
            .files(1L)
            .kib(1L)
            .claim("hearth-old-artifacts")
            .path("tests")
            .inputs("key")
            .reusedFrom("old")
            .build();
}
