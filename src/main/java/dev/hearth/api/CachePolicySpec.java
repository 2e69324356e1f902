package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Storage and retention of the caches of a policy, and limits for the pods of their pipelines. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.seed.all(m, m in ['Overlay', 'Snapshot', 'Copy', 'Import'])",
        fieldPath = ".seed",
        message = "seed may list Overlay, Snapshot, Copy and Import: remove other values")
@ValidationRule(
        value = "!has(self.retention.maxTotal)"
                + " || quantity(self.retention.maxTotal).compareTo(quantity(self.storage.size)) >= 0",
        fieldPath = ".retention.maxTotal",
        message = "maxTotal is below storage.size, so that a single full volume would exceed it: raise it, or lower"
                + " storage.size")
public record CachePolicySpec(
        @Default("false")
        @JsonProperty("default")
        @JsonPropertyDescription(
                "Whether this policy applies to pipelines that name no policy. At most one policy should be"
                        + " the default.")
        boolean isDefault,

        @Default("{}") @JsonPropertyDescription("Storage of the cache volumes.")
        Storage storage,

        @Default("[\"Overlay\",\"Snapshot\",\"Copy\",\"Import\"]")
        @Size(max = 4)
        @JsonPropertyDescription(
                "How a new cache volume is seeded from a trusted one. The first mode of the list that the"
                        + " cluster supports is used.")
        List<SeedMode> seed,

        @Default("1m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(
                value = SchemaPatterns.NOT_ZERO,
                message = "a time of zero allows no copy: write at least 1s, such as 90s or 5m; to disable copies,"
                        + " leave Copy out of seed")
        @JsonPropertyDescription(
                "How long a Copy may take, estimated from its size and rate. A copy that would take longer"
                        + " is not started. Also how long storage may take to create a volume from a VolumeSnapshot"
                        + " before the next mode is used.")
        String seedWithin,

        @Default("{}")
        @JsonPropertyDescription(
                "How long a pod with a running daemon waits for the next run of a ref, after the last one has"
                        + " finished. That run's builds start at once, and need no new pod.")
        KeepWarm keepWarm,

        @Default("{}") @JsonPropertyDescription("How long caches are kept, and how large they may become.")
        RetentionSpec retention,

        @Nullable
        @JsonPropertyDescription(
                "Namespaces whose pipelines may use this policy, by their labels. By default all. Existing"
                        + " caches keep the retention of this policy.")
        @org.jspecify.annotations.Nullable
        NamespaceSelector allowedNamespaces,

        @Default("Auto")
        @JsonPropertyDescription(
                "How build pods are isolated from their node: UserNamespace, Rootless or Privileged. Auto"
                        + " uses the first of these that a preflight in the namespace finds possible, and never"
                        + " Privileged for untrusted refs.")
        IsolationRule isolation,

        @Default("{}")
        @JsonPropertyDescription(
                "What pods of pipelines with this policy may ask for, and their default resources. Fields"
                        + " that are left out have the values of pods in the Helm chart.")
        PodsSpec pods) {

    /** The policy of pipelines in a cluster that has no CachePolicy. */
    public static final CachePolicySpec DEFAULT = CachePolicySpecBuilder.builder()
            .isDefault(false)
            .storage(Storage.DEFAULT)
            .seedWithin("1m")
            .keepWarm(KeepWarm.DEFAULT)
            .retention(RetentionSpec.DEFAULT)
            .isolation(IsolationRule.Auto)
            .pods(PodsSpec.NONE)
            .seed(List.of(SeedMode.Overlay, SeedMode.Snapshot, SeedMode.Copy, SeedMode.Import))
            .build();

    @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
    public CachePolicySpec {
        storage = orElse(storage, Storage.DEFAULT);
        seed = List.copyOf(orElse(seed, List.of(SeedMode.Overlay, SeedMode.Snapshot, SeedMode.Copy, SeedMode.Import)));
        seedWithin = orElse(seedWithin, "1m");
        keepWarm = orElse(keepWarm, KeepWarm.DEFAULT);
        retention = orElse(retention, RetentionSpec.DEFAULT);
        isolation = orElse(isolation, IsolationRule.Auto);
        pods = orElse(pods, PodsSpec.NONE);
    }

    /** Returns the size of each cache volume of a scope. */
    public String size(Trust trust) {
        return switch (trust) {
            case Trusted -> storage.size();
            case Untrusted -> orElse(retention.untrusted().size(), storage.size());
        };
    }

    /** Storage classes and size of the cache volumes. */
    @BuiltByName
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Storage(
            @Nullable
            @Size(max = SchemaPatterns.OBJECT_LENGTH)
            @Pattern(SchemaPatterns.OBJECT)
            @JsonPropertyDescription("StorageClass of the volumes. By default the cluster's default StorageClass.")
            @org.jspecify.annotations.Nullable
            String className,

            @Default(DEFAULT_SIZE)
            @Pattern(SchemaPatterns.SIZE)
            @Size(max = SchemaPatterns.SIZE_LENGTH)
            @JsonPropertyDescription(
                    "Size of each cache volume, such as 50Gi. A larger value expands existing volumes if their"
                            + " StorageClass allows it. A smaller value makes BuildKit keep less on them.")
            String size,

            @Nullable
            @Size(max = SchemaPatterns.OBJECT_LENGTH)
            @Pattern(SchemaPatterns.OBJECT)
            @JsonPropertyDescription(
                    "VolumeSnapshotClass for seed mode Snapshot, which is not used without it. Snapshots are"
                            + " created only if seed lists Snapshot before an Overlay that the cluster supports.")
            @org.jspecify.annotations.Nullable
            String snapshotClassName) {
        private static final String DEFAULT_SIZE = "20Gi";

        static final Storage DEFAULT =
                CachePolicySpecStorageBuilder.builder().size(DEFAULT_SIZE).build();

        @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
        public Storage(
                @org.jspecify.annotations.Nullable String className,
                @org.jspecify.annotations.Nullable String size,
                @org.jspecify.annotations.Nullable String snapshotClassName) {
            this.snapshotClassName = snapshotClassName;
            this.className = className;
            this.size = orElse(size, DEFAULT_SIZE);
        }
    }

    /** How long pods with daemons wait for the next run of their ref. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record KeepWarm(
            @Default("5m")
            @Pattern(SchemaPatterns.DURATION)
            @Size(max = SchemaPatterns.DURATION_LENGTH)
            @JsonPropertyDescription("Time for trusted refs, such as 5m. 0s: no pod waits.")
            String trusted,

            @Default("2m")
            @Pattern(SchemaPatterns.DURATION)
            @Size(max = SchemaPatterns.DURATION_LENGTH)
            @JsonPropertyDescription("Time for all other refs, such as 2m. 0s: no pod waits.")
            String untrusted) {
        static final KeepWarm DEFAULT = new KeepWarm("5m", "2m");

        @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
        public KeepWarm {
            trusted = orElse(trusted, "5m");
            untrusted = orElse(untrusted, "2m");
        }

        /** Returns the time for refs of this trust. */
        public String of(Trust trust) {
            return switch (trust) {
                case Trusted -> trusted;
                case Untrusted -> untrusted;
            };
        }
    }
}
