package dev.hearth.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.CacheScope;
import dev.hearth.api.ScopeVolume;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controlplane.ControlPlane;
import dev.hearth.controlplane.FakeStorage;
import dev.hearth.controlplane.OperatorProcess;
import dev.hearth.git.GitServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A cluster with everything that is played in it, users, and the operator that is killed. */
public final class KillScenario implements AutoCloseable {
    /** By one of so many kills a phase may be ahead of the one that has had the fewest: the fewer, the less is waited. */
    private static final int AHEAD = 16;

    /** How long to wait for a write of a phase that is not ahead, before one of any other will do. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** Without any write. */
    private static final Duration LONGEST_LIFE = Duration.ofSeconds(30);

    private static final Duration LONGEST_REST = Duration.ofMinutes(3);
    private static final Duration REST_POLL = Duration.ofMillis(500);
    private static final int LONGEST_DELAY_MILLIS = 25;

    private final Random random;
    private final ControlPlane plane;
    private final GitServer git;
    private final Violations violations = new Violations();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual()
            .uncaughtExceptionHandler((_, problem) -> violations.add("what plays has failed: " + problem))
            .factory());
    private final VolumeModel volumes = new VolumeModel(violations, this::recorded);
    private final FakeStorage storage;
    private final FakeNode node;
    private final WriteObserver writes;
    private final SimulatedUsers users;
    private final QuiescenceCheck stillness;
    private final OperatorProcess operator;
    private final Map<KillPhase, Integer> killed = new EnumMap<>(KillPhase.class);
    private final List<String> log = new ArrayList<>();

    private KillScenario(Random random, ControlPlane plane, GitServer git) throws IOException {
        this.random = random;
        this.plane = plane;
        this.git = git;
        this.storage = new FakeStorage(plane.client(), volumes, threads);
        this.node = new FakeNode(plane.client(), storage, volumes, threads, new Random(random.nextLong()));
        this.writes = new WriteObserver(plane.client());
        this.users = new SimulatedUsers(plane.client(), git.create("project"), writes, random);
        this.stillness = new QuiescenceCheck(plane.client(), volumes, writes);
        var folder = Path.of("target", "killed").toAbsolutePath();
        Files.createDirectories(folder);
        this.operator = OperatorProcess.recording(plane.kubeconfig(), Files.createTempDirectory(folder, "operator"));
    }

    /**
     * Starts it all, with one run that has ended.
     *
     * @param seed of what is decided by chance; not of what the machine's speed decides
     */
    public static KillScenario prepare(long seed) throws IOException, InterruptedException {
        System.out.println("killed: seed " + seed);
        var kills = new KillScenario(new Random(seed), ControlPlane.start(), GitServer.start());
        await("the first generation").atMost(LONGEST_REST).until(() -> kills.volumes.seals() > 0);
        kills.rest();
        kills.operator.end();
        return kills;
    }

    /**
     * Kills the operator so many times, looks at what has become of everything, and takes it away. There are more kills, up
     * to as many again, as long as there is a phase without any.
     */
    public void of(int times) throws IOException, InterruptedException {
        var last = Math.min(4, times);
        for (int kill = 0; kill < times - last || (kill < 2 * times && kills(rarest()) == 0); kill++) {
            if (kill == times / 2) {
                pauseAndCheck();
            }
            users.act(rarest());
            operator.start();
            kill(notAhead(times / AHEAD));
        }
        pauseAndCheck();
        users.leave();
        // Kubernetes deletes most of it by itself, and may be done before the operator leads.
        for (int kill = 0; kill < last && !stillness.orphans().isEmpty(); kill++) {
            operator.start();
            kill(Set.of(KillPhase.DELETE));
        }
        operator.start();
        await("nothing to be left")
                .atMost(LONGEST_REST)
                .untilAsserted(() -> assertThat(stillness.orphans()).isEmpty());
        operator.kill();
        assertThat(killed.keySet()).as("phases with kills: %s", log).contains(KillPhase.values());
        System.out.println(table());
    }

    private KillPhase rarest() {
        return Collections.min(List.of(KillPhase.values()), Comparator.comparingInt(this::kills));
    }

    private Set<KillPhase> notAhead(int most) {
        var fewest = kills(rarest());
        return Stream.of(KillPhase.values())
                .filter(phase -> kills(phase) <= fewest + most)
                .collect(Collectors.toSet());
    }

    private int kills(KillPhase phase) {
        return killed.getOrDefault(phase, 0);
    }

    private void kill(Set<KillPhase> wanted) throws InterruptedException {
        var write = writes.await(wanted, PATIENCE, LONGEST_LIFE);
        Thread.sleep(random.nextInt(LONGEST_DELAY_MILLIS));
        operator.kill();
        write.ifPresent(it -> killed.merge(it.phase(), 1, Integer::sum));
        log.add(write.map(Record::toString).orElse("nothing"));
    }

    private void pauseAndCheck() throws IOException, InterruptedException {
        operator.start();
        rest();
        operator.kill();
        assertThat(violations.found()).as("what must not happen").isEmpty();
        assertThat(stillness.broken()).as("promises that are not kept").isEmpty();
        assertThat(stillness.forgotten()).as("generations that nobody knows of").isEmpty();
    }

    /** What the status of its scope says of a volume now, in the API server; empty if the scope is gone or goes. */
    private Optional<ScopeVolume> recorded(FakeVolume volume) {
        return plane.client().persistentVolumeClaims().inAnyNamespace().list().getItems().stream()
                .filter(claim -> claim.getMetadata().getUid().equals(volume.uid) && !claim.isMarkedForDeletion())
                .flatMap(claim -> plane
                        .client()
                        .resources(CacheScope.class)
                        .inNamespace(claim.getMetadata().getNamespace())
                        .list()
                        .getItems()
                        .stream()
                        .filter(scope -> OwnerReferences.owns(scope, claim) && !scope.isMarkedForDeletion()))
                .flatMap(WriteObserver::volumes)
                // The uid is recorded after the claim is made.
                .filter(it -> it.claim().equals(volume.claim)
                        && (it.uid() == null || it.uid().equals(volume.uid)))
                .findFirst();
    }

    private void rest() {
        await("everything to come to rest")
                .pollInterval(REST_POLL)
                .atMost(LONGEST_REST)
                .untilAsserted(() -> assertThat(stillness.motion()).isEmpty());
    }

    private String table() {
        var lines = new ArrayList<String>();
        lines.add("operator killed " + log.size() + " times, right after it had");
        killed.forEach((phase, kills) -> lines.add("  %-8s%5d".formatted(phase, kills)));
        lines.add("  nothing %5d"
                .formatted(log.size()
                        - killed.values().stream().mapToInt(Integer::intValue).sum()));
        lines.add("runs %d, generations sealed %d, evicted %d, scopes evicted %d; begun anew on what users deleted %d"
                .formatted(
                        writes.runsMade(),
                        volumes.seals(),
                        writes.generationsDropped(),
                        writes.scopesEvicted(),
                        volumes.begunAnew()));
        lines.add("orphans 0, generations lost 0");
        return String.join("\n", lines);
    }

    @Override
    public void close() throws IOException {
        operator.close();
        writes.close();
        node.close();
        storage.close();
        threads.shutdownNow();
        git.close();
        plane.close();
    }
}
