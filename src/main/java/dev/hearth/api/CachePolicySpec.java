package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Storage of the caches that follow this policy. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.seed.all(m, m in ['Overlay', 'Snapshot', 'Copy', 'Import'])",
        fieldPath = ".seed",
        message = "seed lists what may fill a new volume: Overlay, Snapshot, Copy, Import")
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
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
                "How long a Copy may take, by size and rate; what would take longer is not begun. Also how long storage"
                        + " may take to make a volume from a VolumeSnapshot before the next mode is used.")
        String seedWithin,

        @Default("3")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription(
                "How many sealed generations a trusted volume keeps, besides those that other volumes started from.")
        int generations,

        @Default("Auto")
        @JsonPropertyDescription(
                "How builds are kept from the node: UserNamespace, Rootless or Privileged; Auto is the first of these that a trial in the namespace finds possible.")
        IsolationRule isolation) {

    /** What holds without any policy. */
    public static final CachePolicySpec DEFAULT = new CachePolicySpec(
            false,
            new Storage(null, null, null),
            List.of(SeedMode.Overlay, SeedMode.Snapshot, SeedMode.Copy, SeedMode.Import),
            "1m",
            3,
            IsolationRule.Auto);

    @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
    public CachePolicySpec {
        storage = orElse(storage, new Storage(null, null, null));
        seed = List.copyOf(orElse(seed, List.of(SeedMode.Overlay, SeedMode.Snapshot, SeedMode.Copy, SeedMode.Import)));
        seedWithin = orElse(seedWithin, "1m");
        generations = generations == 0 ? 3 : generations;
        isolation = orElse(isolation, IsolationRule.Auto);
    }

    /** Class and size of the volumes. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Storage(
            @Nullable
            @JsonPropertyDescription("StorageClass; the cluster's default one if left out.")
            @org.jspecify.annotations.Nullable
            String className,

            @Default(DEFAULT_SIZE)
            @Pattern("^[1-9][0-9]{0,5}(Mi|Gi|Ti)$")
            @JsonPropertyDescription("Size of each volume, such as 50Gi.")
            String size,

            @Nullable
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
