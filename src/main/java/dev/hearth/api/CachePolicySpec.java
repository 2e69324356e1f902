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

/** Storage and retention of the caches that follow this policy, and the bounds of their pipelines' pods. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.seed.all(m, m in ['Overlay', 'Snapshot', 'Copy', 'Import'])",
        fieldPath = ".seed",
        message = "seed lists what may fill a new volume: Overlay, Snapshot, Copy, Import")
@ValidationRule(
        value = "!has(self.retention.maxTotal)"
                + " || quantity(self.retention.maxTotal).compareTo(quantity(self.storage.size)) >= 0",
        fieldPath = ".retention.maxTotal",
        message = "maxTotal is below storage.size, so that a single full volume would exceed it: raise it, or lower"
                + " storage.size")
public record CachePolicySpec(
        @Default("false")
        @JsonProperty("default")
        @JsonPropertyDescription("Serves pipelines that name no policy; one policy at most should say so.")
        boolean isDefault,

        @Default("{}") @JsonPropertyDescription("Where volumes come from.")
        Storage storage,

        @Default("[\"Overlay\",\"Snapshot\",\"Copy\",\"Import\"]")
        @Size(max = 4)
        @JsonPropertyDescription(
                "How a new volume is filled from a trusted one: the first of these that the cluster can do.")
        List<SeedMode> seed,

        @Default("1m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(
                value = SchemaPatterns.NOT_ZERO,
                message =
                        "nothing can be copied in no time: write at least 1s, such as 90s or 5m, and leave Copy out of seed"
                                + " to copy nothing")
        @JsonPropertyDescription(
                "How long a Copy may take, by size and rate; what would take longer is not begun. Also how long storage"
                        + " may take to make a volume from a VolumeSnapshot before the next mode is used.")
        String seedWithin,

        @Default("{}") @JsonPropertyDescription("How long caches stay, and how much they may come to.")
        RetentionSpec retention,

        @Nullable
        @JsonPropertyDescription(
                "Namespaces whose pipelines may follow this policy, by their labels; all if left out. Caches that are there"
                        + " already stay under its retention.")
        @org.jspecify.annotations.Nullable
        NamespaceSelector allowedNamespaces,

        @Default("Auto")
        @JsonPropertyDescription(
                "How builds are kept from the node: UserNamespace, Rootless or Privileged; Auto is the first of these that a trial in the namespace finds possible, and never Privileged for untrusted refs.")
        IsolationRule isolation,

        @Default("{}")
        @JsonPropertyDescription(
                "What pods of pipelines that follow this policy may be and take. What is left out is as the Helm chart's"
                        + " value pods says.")
        PodsSpec pods) {

    /** What holds without any policy. */
    public static final CachePolicySpec DEFAULT = new CachePolicySpec(
            false,
            new Storage(null, null, null),
            List.of(SeedMode.Overlay, SeedMode.Snapshot, SeedMode.Copy, SeedMode.Import),
            "1m",
            RetentionSpec.DEFAULT,
            null,
            IsolationRule.Auto,
            PodsSpec.NONE);

    @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
    public CachePolicySpec {
        storage = orElse(storage, new Storage(null, null, null));
        seed = List.copyOf(orElse(seed, List.of(SeedMode.Overlay, SeedMode.Snapshot, SeedMode.Copy, SeedMode.Import)));
        seedWithin = orElse(seedWithin, "1m");
        retention = orElse(retention, RetentionSpec.DEFAULT);
        isolation = orElse(isolation, IsolationRule.Auto);
        pods = orElse(pods, PodsSpec.NONE);
    }

    /** Size of each volume of a scope. */
    public String size(Trust trust) {
        return switch (trust) {
            case Trusted -> storage.size();
            case Untrusted -> orElse(retention.untrusted().size(), storage.size());
        };
    }

    /** Class and size of the volumes. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Storage(
            @Nullable
            @Size(max = SchemaPatterns.OBJECT_LENGTH)
            @Pattern(SchemaPatterns.OBJECT)
            @JsonPropertyDescription("StorageClass; the cluster's default one if left out.")
            @org.jspecify.annotations.Nullable
            String className,

            @Default(DEFAULT_SIZE)
            @Pattern(SchemaPatterns.SIZE)
            @Size(max = SchemaPatterns.SIZE_LENGTH)
            @JsonPropertyDescription(
                    "Size of each volume, such as 50Gi. What is larger than a volume that is there has it expanded, where its"
                            + " StorageClass allows that; of a smaller size BuildKit keeps less.")
            String size,

            @Nullable
            @Size(max = SchemaPatterns.OBJECT_LENGTH)
            @Pattern(SchemaPatterns.OBJECT)
            @JsonPropertyDescription(
                    "VolumeSnapshotClass for seeding by Snapshot; without it that mode is not used. Snapshots are made where"
                            + " seed lists Snapshot before an Overlay that the cluster can do.")
            @org.jspecify.annotations.Nullable
            String snapshotClassName) {
        private static final String DEFAULT_SIZE = "20Gi";

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
}
