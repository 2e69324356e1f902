package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/**
 * What the pods of a pipeline may be and take. Cluster admins own it; a null field leaves the decision to the installation.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PodsSpec(
        @Nullable
        @JsonPropertyDescription(
                "Highest Pod Security level of tasks in runs of trusted refs: Restricted, Baseline (the default) or"
                        + " Privileged, which makes a task root of its node. All other runs always have Restricted.")
        TaskSpec.@org.jspecify.annotations.Nullable PodSecurity podSecurity,

        @Nullable
        @JsonPropertyDescription(
                "Whether pods of tasks get a user namespace of their own, in which root is a user without rights on the"
                        + " node: Auto (the default) where a trial in the namespace finds it possible, Always or Never. With"
                        + " Auto tasks start without one where it is not possible or could not be tried, and the run's"
                        + " condition UserNamespaces says so. With Always they wait until it is known, and fail where it is"
                        + " not possible. Windows tasks and privileged ones have none.")
        @org.jspecify.annotations.Nullable
        UserNamespaceMode userNamespaces,

        @Nullable
        @Size(max = 32)
        @JsonPropertyDescription(
                "Keys that nodeSelector of a task may have, besides kubernetes.io/os, kubernetes.io/arch,"
                        + " topology.kubernetes.io/zone and topology.kubernetes.io/region. None by default.")
        @org.jspecify.annotations.Nullable
        List<@Size(min = 1, max = SchemaPatterns.LABEL_KEY_LENGTH) @Pattern(SchemaPatterns.LABEL_KEY) String>
                nodeSelectorKeys,

        @Nullable
        @Size(max = 32)
        @JsonPropertyDescription(
                "Tolerations that a task may have. One with operator Exists allows every value, one without an effect every"
                        + " effect. None by default.")
        @org.jspecify.annotations.Nullable
        List<Toleration> tolerations,

        @Nullable
        @Size(max = 16)
        @JsonPropertyDescription("RuntimeClasses that a task may name, such as gvisor. None by default.")
        @org.jspecify.annotations.Nullable
        List<@Size(min = 1, max = SchemaPatterns.OBJECT_LENGTH) @Pattern(SchemaPatterns.OBJECT) String>
                runtimeClassNames,

        @Nullable
        @JsonPropertyDescription(
                "Requests and limits of a build pod's daemon for what none of its builds asks for. By default it has limits"
                        + " of 8 CPUs, 8Gi of memory and 10Gi of the node's disk.")
        @org.jspecify.annotations.Nullable
        Resources builds,

        @Nullable
        @JsonPropertyDescription(
                "The same of a task's container. By default it has limits of 4 CPUs, 4Gi of memory and 10Gi of the node's"
                        + " disk, which also bounds each of its empty directories.")
        @org.jspecify.annotations.Nullable
        Resources tasks,

        @Nullable
        @JsonPropertyDescription(
                "The same of a service's container. By default it has limits of 2 CPUs, 2Gi of memory and 5Gi of the node's"
                        + " disk.")
        @org.jspecify.annotations.Nullable
        Resources services,

        @Nullable
        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "The most that one container may ask for, by resource; what is not listed cannot be asked for. By default"
                        + " {cpu: 32, memory: 64Gi, ephemeral-storage: 200Gi}.")
        @org.jspecify.annotations.Nullable
        Map<@Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String, Quantity> ceiling) {

    /** Decides nothing: the installation's values hold. */
    public static final PodsSpec NONE = new PodsSpec(null, null, null, null, null, null, null, null, null);

    /** What holds where neither a policy nor the installation says anything. */
    public static final PodsSpec DEFAULT = new PodsSpec(
            TaskSpec.PodSecurity.Baseline,
            UserNamespaceMode.Auto,
            List.of(),
            List.of(),
            List.of(),
            new Resources(quantities("100m", "128Mi", "0"), quantities("8", "8Gi", "10Gi")),
            new Resources(quantities("10m", "32Mi", "0"), quantities("4", "4Gi", "10Gi")),
            new Resources(quantities("10m", "32Mi", "0"), quantities("2", "2Gi", "5Gi")),
            quantities("32", "64Gi", "200Gi"));

    /** This one, with the other's decisions where it has none. */
    public PodsSpec or(PodsSpec other) {
        return new PodsSpec(
                podSecurity == null ? other.podSecurity : podSecurity,
                userNamespaces == null ? other.userNamespaces : userNamespaces,
                nodeSelectorKeys == null ? other.nodeSelectorKeys : nodeSelectorKeys,
                tolerations == null ? other.tolerations : tolerations,
                runtimeClassNames == null ? other.runtimeClassNames : runtimeClassNames,
                or(builds, other.builds),
                or(tasks, other.tasks),
                or(services, other.services),
                ceiling == null ? other.ceiling : ceiling);
    }

    private static @org.jspecify.annotations.Nullable Resources or(
            @org.jspecify.annotations.Nullable Resources one, @org.jspecify.annotations.Nullable Resources other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.or(other);
    }

    private static Map<String, Quantity> quantities(String cpu, String memory, String disk) {
        return Map.of(
                "cpu", new Quantity(cpu), "memory", new Quantity(memory), "ephemeral-storage", new Quantity(disk));
    }
}
