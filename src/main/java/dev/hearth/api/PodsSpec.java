package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;

/**
 * Limits and default resources of the pods of pipelines, set by cluster admins. A null field has the value of the
 * installation.
 */
// As @BuiltByName, but an absent collection is null: it leaves the choice to another spec.
@RecordBuilder
@RecordBuilder.Options(
        builderMode = RecordBuilder.BuilderMode.STAGED_REQUIRED_ONLY,
        nullablePattern = "Nullable",
        defaultNotNull = true,
        interpretNotNulls = true,
        useImmutableCollections = true,
        allowNullableCollections = true,
        enableGetters = false,
        addStaticBuilder = false,
        addClassRetainedGenerated = true)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PodsSpec(
        @Nullable
        @JsonPropertyDescription(
                "Highest Pod Security level that tasks in runs of trusted refs may ask for: Restricted,"
                        + " Baseline (the default) or Privileged, which makes a task root on its node. Tasks in other"
                        + " runs always have Restricted.")
        TaskSpec.@org.jspecify.annotations.Nullable PodSecurity podSecurity,

        @Nullable
        @JsonPropertyDescription("Whether task pods have a user namespace of their own, in which root is a user without"
                + " rights on the node: Auto (the default), Always or Never. With Auto they have one where a"
                + " preflight in the namespace finds it possible; otherwise tasks start without one, and the"
                + " run's condition UserNamespaces says so. With Always tasks wait for the result of the"
                + " preflight, and fail where a user namespace is not possible. Windows tasks and privileged"
                + " tasks have none.")
        @org.jspecify.annotations.Nullable
        UserNamespaceMode userNamespaces,

        @Nullable
        @Size(max = 32)
        @JsonPropertyDescription("Label keys that a task may use in nodeSelector, besides kubernetes.io/os,"
                + " kubernetes.io/arch, topology.kubernetes.io/zone and topology.kubernetes.io/region. By"
                + " default no others.")
        @org.jspecify.annotations.Nullable
        List<@Size(min = 1, max = SchemaPatterns.LABEL_KEY_LENGTH) @Pattern(SchemaPatterns.LABEL_KEY) String>
                nodeSelectorKeys,

        @Nullable
        @Size(max = 32)
        @JsonPropertyDescription(
                "Tolerations that a task may have. An entry with operator Exists allows every value, and an"
                        + " entry without an effect allows every effect. By default none.")
        @org.jspecify.annotations.Nullable
        List<Toleration> tolerations,

        @Nullable
        @Size(max = 16)
        @JsonPropertyDescription("RuntimeClasses that a task may name, such as gvisor. By default none.")
        @org.jspecify.annotations.Nullable
        List<@Size(min = 1, max = SchemaPatterns.OBJECT_LENGTH) @Pattern(SchemaPatterns.OBJECT) String>
                runtimeClassNames,

        @Nullable
        @JsonPropertyDescription(
                "Default requests and limits of a build pod's daemon, for resources that none of its builds"
                        + " sets. Without this field it has limits of 8 CPUs, 8Gi of memory and 10Gi of ephemeral"
                        + " storage.")
        @org.jspecify.annotations.Nullable
        Resources builds,

        @Nullable
        @JsonPropertyDescription(
                "Default requests and limits of a task's container. Without this field it has limits of 4"
                        + " CPUs, 4Gi of memory and 10Gi of ephemeral storage. The limit of ephemeral storage is also"
                        + " the size limit of each emptyDir of the pod.")
        @org.jspecify.annotations.Nullable
        Resources tasks,

        @Nullable
        @JsonPropertyDescription(
                "Default requests and limits of a service's container. Without this field it has limits of"
                        + " 2 CPUs, 2Gi of memory and 5Gi of ephemeral storage.")
        @org.jspecify.annotations.Nullable
        Resources services,

        @Nullable
        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "The most that one container of a pipeline may ask for, by resource. Resources that are not"
                        + " listed cannot be asked for. By default {cpu: 32, memory: 64Gi, ephemeral-storage: 200Gi}.")
        @org.jspecify.annotations.Nullable
        Map<@Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String, Quantity> ceiling) {

    /** Sets nothing: all values are those of the installation. */
    public static final PodsSpec NONE = PodsSpecBuilder.builder().build();

    /** The values for fields that neither a policy nor the installation sets. */
    public static final PodsSpec DEFAULT = PodsSpecBuilder.builder()
            .podSecurity(TaskSpec.PodSecurity.Baseline)
            .userNamespaces(UserNamespaceMode.Auto)
            .nodeSelectorKeys(List.of())
            .tolerations(List.of())
            .runtimeClassNames(List.of())
            .builds(new Resources(quantities("100m", "128Mi", "0"), quantities("8", "8Gi", "10Gi")))
            .tasks(new Resources(quantities("10m", "32Mi", "0"), quantities("4", "4Gi", "10Gi")))
            .services(new Resources(quantities("10m", "32Mi", "0"), quantities("2", "2Gi", "5Gi")))
            .ceiling(quantities("32", "64Gi", "200Gi"))
            .build();

    /** Returns this spec, with the values of the other one for fields that this one does not set. */
    public PodsSpec or(PodsSpec other) {
        return PodsSpecBuilder.builder()
                .podSecurity(podSecurity == null ? other.podSecurity : podSecurity)
                .userNamespaces(userNamespaces == null ? other.userNamespaces : userNamespaces)
                .nodeSelectorKeys(nodeSelectorKeys == null ? other.nodeSelectorKeys : nodeSelectorKeys)
                .tolerations(tolerations == null ? other.tolerations : tolerations)
                .runtimeClassNames(runtimeClassNames == null ? other.runtimeClassNames : runtimeClassNames)
                .builds(or(builds, other.builds))
                .tasks(or(tasks, other.tasks))
                .services(or(services, other.services))
                .ceiling(ceiling == null ? other.ceiling : ceiling)
                .build();
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
