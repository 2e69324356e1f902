package dev.hearth.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.Os;
import dev.hearth.core.cache.DirectoryPlan;
import dev.hearth.core.cache.DirectoryUse;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A sidecar of a task's pod that fills the task's directories before the task begins, and measures them once it has ended:
 * its startup probe holds the task back. What it does not manage makes no task fail, it starts with nothing instead.
 *
 * @param image with bash, coreutils and grep; for Windows with PowerShell 7
 * @param security null for Windows
 */
record DirectoryContainer(
        Os os, String image, DirectoryPlan plan, @Nullable SecurityContext security) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SHELL = Scripts.text("cache.sh");
    private static final String POWERSHELL = Scripts.text("cache.ps1");

    /** Besides the copies, of which one may be tried twice: to remove what is in the way. */
    private static final int SLACK_SECONDS = 300;

    /**
     * Makes it.
     *
     * @param read mounts of others' volumes
     * @param source where it finds what a directory starts from, or an empty text
     */
    Container of(List<VolumeMount> read, Function<DirectoryUse.Given, String> source) {
        var mounts = new ArrayList<>(List.of(
                Parts.writable(Directories.OWN, folder(os, "own")),
                Parts.writable(Directories.STATE, folder(os, "state"))));
        mounts.addAll(read);
        var container = new ContainerBuilder()
                .withName(Directories.CONTAINER)
                .withImage(image)
                .withRestartPolicy("Always")
                .withSecurityContext(security)
                .withResources(Footprint.COPY.resources())
                .withVolumeMounts(mounts)
                .withNewStartupProbe()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(10)
                .withFailureThreshold((int) seconds())
                .withNewExec()
                .withCommand(
                        switch (os) {
                            case Linux -> List.of("test", "-e", "/hearth/state/ready");
                            case Windows -> List.of("cmd", "/c", "if not exist C:\\hearth\\state\\ready exit 1");
                        })
                .endExec()
                .endStartupProbe();
        return switch (os) {
            case Linux ->
                container
                        .withCommand("/bin/bash", "-c", Parts.literal(SHELL), Directories.CONTAINER)
                        .addAllToCommand(arguments(source))
                        .build();
            case Windows ->
                container
                        .withCommand("pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command")
                        .addToCommand(Parts.literal(POWERSHELL))
                        .withEnv(Parts.environment(Map.of("HEARTH_CACHE", json(source))))
                        .build();
        };
    }

    static String folder(Os os, String name) {
        return switch (os) {
            case Linux -> "/hearth/" + name;
            case Windows -> "C:\\hearth\\" + name;
        };
    }

    private long seconds() {
        return plan.patience().toSeconds() + SLACK_SECONDS;
    }

    private List<String> arguments(Function<DirectoryUse.Given, String> source) {
        var arguments = new ArrayList<>(List.of(String.valueOf(plan.limit().toSeconds())));
        plan.use()
                .caches()
                .forEach(given -> arguments.addAll(List.of("cache", given.key(), given.work(), source.apply(given))));
        plan.use().remove().forEach(folder -> arguments.addAll(List.of("remove", folder)));
        plan.known().forEach(folder -> arguments.addAll(List.of("known", folder)));
        return arguments;
    }

    private String json(Function<DirectoryUse.Given, String> source) {
        try {
            return JSON.writeValueAsString(Map.of(
                    "seconds",
                    plan.limit().toSeconds(),
                    "caches",
                    plan.use().caches().stream()
                            .map(given ->
                                    Map.of("key", given.key(), "work", given.work(), "source", source.apply(given)))
                            .toList(),
                    "remove",
                    plan.use().remove(),
                    "known",
                    plan.known()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers can be written", e);
        }
    }
}
