package dev.hearth.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.git.GitServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A cluster with everything that is played in it, users, and the operator that is killed. */
public final class Kills implements AutoCloseable {
    /** How long to wait for a write of the phase whose turn it is, before any moment will do. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final Duration LONGEST_REST = Duration.ofSeconds(90);
    private static final int LONGEST_DELAY_MILLIS = 25;

    private final Random random;
    private final ControlPlane plane;
    private final GitServer git;
    private final Violations violations = new Violations();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual()
            .uncaughtExceptionHandler((_, problem) -> violations.add("what plays has failed: " + problem))
            .factory());
    private final PlayedVolumes volumes = new PlayedVolumes(violations);
    private final PlayedStorage storage;
    private final PlayedNode node;
    private final Writes writes;
    private final Users users;
    private final Stillness stillness;
    private final OperatorProcess operator;
    private final Deque<Phase> turns = new ArrayDeque<>();
    private final Map<Phase, Integer> killed = new EnumMap<>(Phase.class);
    private final List<String> log = new ArrayList<>();
    private int elsewhere;

    private Kills(Random random, ControlPlane plane, GitServer git) throws IOException {
        this.random = random;
        this.plane = plane;
        this.git = git;
        this.storage = new PlayedStorage(plane.client(), volumes, threads);
        this.node = new PlayedNode(plane.client(), storage, volumes, threads, new Random(random.nextLong()));
        this.writes = new Writes(plane.client());
        this.users = new Users(plane.client(), git.create("project"), writes, random);
        this.stillness = new Stillness(plane.client(), volumes, writes);
        var folder = Path.of("target", "killed").toAbsolutePath();
        Files.createDirectories(folder);
        this.operator = new OperatorProcess(plane.kubeconfig(), Files.createTempDirectory(folder, "operator"));
    }

    /**
     * Starts it all, with one run that has ended.
     *
     * @param seed of what is decided by chance; not of what the machine's speed decides
     */
    public static Kills prepare(long seed) throws IOException, InterruptedException {
        System.out.println("killed: seed " + seed);
        var kills = new Kills(new Random(seed), ControlPlane.start(), GitServer.start());
        await("the first generation").atMost(LONGEST_REST).until(() -> kills.volumes.seals() > 0);
        kills.rest();
        kills.operator.end();
        return kills;
    }

    /** Kills the operator so many times, looks at what has become of everything, and takes it away. */
    public void of(int times) throws IOException, InterruptedException {
        var last = Math.min(4, times);
        for (int kill = 0; kill < times - last; kill++) {
            if (kill == times / 2) {
                pauseAndCheck();
            }
            users.act(next());
            operator.start();
            kill(turns.peek());
        }
        pauseAndCheck();
        users.leave();
        for (int kill = 0; kill < last; kill++) {
            operator.start();
            kill(Phase.DELETE);
        }
        operator.start();
        await("nothing to be left")
                .atMost(LONGEST_REST)
                .untilAsserted(() -> assertThat(stillness.orphans()).isEmpty());
        operator.kill();
        assertThat(killed.keySet()).as("phases with kills: %s", log).contains(Phase.values());
        System.out.println(table());
    }

    private Phase next() {
        turns.poll();
        if (turns.isEmpty()) {
            var all = new ArrayList<>(List.of(Phase.values()));
            Collections.shuffle(all, random);
            turns.addAll(all);
        }
        return turns.element();
    }

    private void kill(Phase wanted) throws InterruptedException {
        var write = writes.await(wanted, PATIENCE);
        Thread.sleep(random.nextInt(LONGEST_DELAY_MILLIS));
        operator.kill();
        write.ifPresentOrElse(it -> killed.merge(it.phase(), 1, Integer::sum), () -> elsewhere++);
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

    private void rest() {
        await("everything to come to rest").atMost(LONGEST_REST).untilAsserted(() -> assertThat(stillness.motion())
                .isEmpty());
    }

    private String table() {
        return "killed: " + killed + ", elsewhere " + elsewhere + "; generations sealed " + volumes.seals();
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
