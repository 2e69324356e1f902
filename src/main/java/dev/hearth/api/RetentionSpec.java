package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How long caches are kept, and their budgets. A cache that a run uses or another volume reads is never evicted. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "!has(self.maxTotal) || !has(self.maxPerPipeline)"
                + " || quantity(self.maxPerPipeline).compareTo(quantity(self.maxTotal)) <= 0",
        fieldPath = ".maxPerPipeline",
        message = "maxPerPipeline is above maxTotal and would have no effect: lower it, or raise maxTotal")
public record RetentionSpec(
        @Default("{}") @JsonPropertyDescription("Retention of caches of trusted refs, which seed other caches.")
        Trusted trusted,

        @Default("{}") @JsonPropertyDescription("Retention of caches of all other refs.")
        Untrusted untrusted,

        @Nullable
        @Pattern(SchemaPatterns.SIZE)
        @Size(max = SchemaPatterns.SIZE_LENGTH)
        @JsonPropertyDescription("Budget for the measured size of all caches of this policy, such as 500Gi. When it is"
                + " exceeded, caches are evicted, the least recently used first: untrusted ones, then trusted"
                + " ones except those of the default branch, those with a pipeline's newest generation and"
                + " those that other volumes read. By default no limit.")
        @org.jspecify.annotations.Nullable
        String maxTotal,

        @Nullable
        @Pattern(SchemaPatterns.SIZE)
        @Size(max = SchemaPatterns.SIZE_LENGTH)
        @JsonPropertyDescription("Budget for the measured size of the caches of each pipeline. By default no limit.")
        @org.jspecify.annotations.Nullable
        String maxPerPipeline) {

    static final RetentionSpec DEFAULT = RetentionSpecBuilder.builder()
            .trusted(Trusted.DEFAULT)
            .untrusted(Untrusted.DEFAULT)
            .build();

    @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
    public RetentionSpec {
        trusted = orElse(trusted, Trusted.DEFAULT);
        untrusted = orElse(untrusted, Untrusted.DEFAULT);
    }

    /** Returns how long an unused cache is kept. */
    public String idle(Trust trust) {
        return switch (trust) {
            case Trusted -> trusted.idle();
            case Untrusted -> untrusted.idle();
        };
    }

    public RefClosedAction whenRefCloses(Trust trust) {
        return switch (trust) {
            case Trusted -> trusted.whenRefCloses();
            case Untrusted -> untrusted.whenRefCloses();
        };
    }

    /** Retention of caches of trusted refs. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Trusted(
            @Default("30d")
            @Pattern(SchemaPatterns.RETENTION)
            @Size(max = SchemaPatterns.DURATION_LENGTH)
            @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NOT_KEPT)
            @JsonPropertyDescription("How long an unused cache is kept, such as 30d.")
            String idle,

            @Default("3")
            @Min(1)
            @Max(100)
            @JsonPropertyDescription(
                    "Number of sealed generations that a volume keeps, besides those that other volumes were"
                            + " seeded from.")
            int generations,

            @Default("Keep")
            @JsonPropertyDescription(
                    "What happens to a cache when its ref is deleted in the repository. Keep: it is kept until"
                            + " it is idle. Delete: it is deleted.")
            RefClosedAction whenRefCloses) {
        static final Trusted DEFAULT = new Trusted("30d", 3, RefClosedAction.Keep);

        @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
        public Trusted {
            idle = orElse(idle, "30d");
            generations = generations == 0 ? 3 : generations;
            whenRefCloses = orElse(whenRefCloses, RefClosedAction.Keep);
        }
    }

    /** Retention of caches of untrusted refs. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Untrusted(
            @Default("3d")
            @Pattern(SchemaPatterns.RETENTION)
            @Size(max = SchemaPatterns.DURATION_LENGTH)
            @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NOT_KEPT)
            @JsonPropertyDescription("How long an unused cache is kept, such as 3d.")
            String idle,

            @Default("Delete")
            @JsonPropertyDescription(
                    "What happens to a cache when its ref is deleted in the repository. Keep: it is kept until"
                            + " it is idle. Delete: it is deleted. Some git servers keep the refs of closed pull requests;"
                            + " their caches are deleted when they are idle.")
            RefClosedAction whenRefCloses,

            @Nullable
            @Pattern(SchemaPatterns.SIZE)
            @Size(max = SchemaPatterns.SIZE_LENGTH)
            @JsonPropertyDescription("Size of each volume, such as 20Gi. By default storage.size.")
            @org.jspecify.annotations.Nullable
            String size) {
        static final Untrusted DEFAULT = new Untrusted("3d", RefClosedAction.Delete, null);

        @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
        public Untrusted(
                @org.jspecify.annotations.Nullable String idle,
                @org.jspecify.annotations.Nullable RefClosedAction whenRefCloses,
                @org.jspecify.annotations.Nullable String size) {
            this.idle = orElse(idle, "3d");
            this.whenRefCloses = orElse(whenRefCloses, RefClosedAction.Delete);
            this.size = size;
        }
    }
}
