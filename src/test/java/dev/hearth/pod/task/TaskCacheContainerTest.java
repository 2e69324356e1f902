package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.TaskCacheRequest;
import dev.hearth.api.OperatingSystem;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the container of a task's caches is asked for, on each operating system. */
class TaskCacheContainerTest {
    private static final String KEY = "0123456789abcdef";
    private static final String OTHER = "fedcba9876543210";
    private static final String EMPTY = "0011223344556677";
    private static final String WORK = "a".repeat(16);
    private static final String OLD = "b".repeat(16);

    @Test
    void asksForEachCacheOfATaskForLinux() {
        assertThat(AgentRequests.read(container(OperatingSystem.Linux), TaskCacheRequest.class))
                .isEqualTo(request("/hearth/own/" + KEY + "/" + OLD, "/hearth/cache-read-0/" + OTHER + "/" + OLD));
    }

    @Test
    void asksForEachCacheOfATaskForWindows() {
        var container = container(OperatingSystem.Windows);

        assertThat(AgentRequests.read(container, TaskCacheRequest.class))
                .isEqualTo(request(
                        "C:\\hearth\\own\\" + KEY + "\\" + OLD, "C:\\hearth\\cache-read-0\\" + OTHER + "\\" + OLD));
        assertThat(container.getVolumeMounts())
                .extracting(VolumeMount::getMountPath)
                .containsExactly("C:\\hearth\\own", "C:\\hearth\\state", "C:\\hearth\\cache-read-0");
    }

    @ParameterizedTest
    @EnumSource(OperatingSystem.class)
    void commandWaitsForAllCopiesWithTwoTriesOfEach(OperatingSystem os) {
        var probe = container(os).getStartupProbe();

        assertThat(probe.getExec().getCommand()).containsExactly("hearth-agent", "task-cache-ready");
        assertThat(probe.getPeriodSeconds() * probe.getFailureThreshold()).isGreaterThan(2 * 3 * 60);
    }

    private static TaskCacheRequest request(String own, String read) {
        return new TaskCacheRequest(
                60,
                List.of(
                        new TaskCacheRequest.Cache(KEY, WORK, own),
                        new TaskCacheRequest.Cache(OTHER, WORK, read),
                        new TaskCacheRequest.Cache(EMPTY, WORK, null)),
                List.of(KEY + "/" + "c".repeat(16)),
                List.of(KEY + "/" + OLD),
                null);
    }

    private static Container container(OperatingSystem os) {
        var caches = List.of(
                new TaskCacheUse.Given(
                        KEY, "/src", WORK, new TaskCacheUse.Origin("app", "own", KEY + "/" + OLD), "of run 1"),
                new TaskCacheUse.Given(
                        OTHER, "/lib", WORK, new TaskCacheUse.Origin("main", "main", OTHER + "/" + OLD), "of run 2"),
                new TaskCacheUse.Given(EMPTY, "/tmp", WORK, null, "never filled"));
        var use = new TaskCacheUse("own", "uid", "unit", 1, caches, List.of(KEY + "/" + "c".repeat(16)));
        var plan = new TaskCachePlan(use, List.of(KEY + "/" + OLD), Duration.ofMinutes(1));
        return new TaskCacheMounts(os, "app", "agent", plan, null).container(null);
    }
}
