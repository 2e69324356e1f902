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

/** How long caches stay, and how much they may come to. What a run has, or others read, never goes. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "!has(self.maxTotal) || !has(self.maxPerPipeline)"
                + " || quantity(self.maxPerPipeline).compareTo(quantity(self.maxTotal)) <= 0",
        fieldPath = ".maxPerPipeline",
        message = "maxPerPipeline is above maxTotal, so it would never count: lower it, or raise maxTotal")
public record RetentionSpec(
        @Default("{}") @JsonPropertyDescription("Caches of trusted refs, which others start from.")
        Trusted trusted,

        @Default("{}") @JsonPropertyDescription("Caches of all other refs.")
        Untrusted untrusted,

        @Nullable
        @Pattern(SchemaPatterns.SIZE)
        @Size(max = SchemaPatterns.SIZE_LENGTH)
        @JsonPropertyDescription(
                "What all caches of this policy may come to, by their measured content, such as 500Gi. Beyond it the least"
                        + " recently used go: untrusted ones first, then trusted ones except the default branch's, those with a"
                        + " pipeline's newest generation and those that others read. No limit if left out.")
        @org.jspecify.annotations.Nullable
        String maxTotal,

        @Nullable
        @Pattern(SchemaPatterns.SIZE)
        @Size(max = SchemaPatterns.SIZE_LENGTH)
        @JsonPropertyDescription("The same for the caches of each pipeline.")
        @org.jspecify.annotations.Nullable
        String maxPerPipeline) {

    static final RetentionSpec DEFAULT = new RetentionSpec(Trusted.DEFAULT, Untrusted.DEFAULT, null, null);

    @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
    public RetentionSpec {
        trusted = orElse(trusted, Trusted.DEFAULT);
        untrusted = orElse(untrusted, Untrusted.DEFAULT);
    }

    /** How long a cache stays that no run uses. */
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

    /** Caches of trusted refs. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Trusted(
            @Default("30d")
            @Pattern(SchemaPatterns.RETENTION)
            @Size(max = SchemaPatterns.DURATION_LENGTH)
            @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NOT_KEPT)
            @JsonPropertyDescription("How long a cache stays that no run uses, such as 30d.")
            String idle,

            @Default("3")
            @Min(1)
            @Max(100)
            @JsonPropertyDescription(
                    "How many sealed generations a volume keeps, besides those that other volumes started from.")
            int generations,

            @Default("Keep")
            @JsonPropertyDescription("Keep, until it is idle, or Delete a cache whose ref the repository has no more.")
            RefClosedAction whenRefCloses) {
        static final Trusted DEFAULT = new Trusted("30d", 3, RefClosedAction.Keep);

        @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
        public Trusted {
            idle = orElse(idle, "30d");
            generations = generations == 0 ? 3 : generations;
            whenRefCloses = orElse(whenRefCloses, RefClosedAction.Keep);
        }
    }

    /** Caches of refs that are not trusted. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Untrusted(
            @Default("3d")
            @Pattern(SchemaPatterns.RETENTION)
            @Size(max = SchemaPatterns.DURATION_LENGTH)
            @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NOT_KEPT)
            @JsonPropertyDescription("How long a cache stays that no run uses, such as 3d.")
            String idle,

            @Default("Delete")
            @JsonPropertyDescription(
                    "Keep, until it is idle, or Delete a cache whose ref the repository has no more. Git servers that keep"
                            + " the refs of closed pull requests leave these to idle.")
            RefClosedAction whenRefCloses,

            @Nullable
            @Pattern(SchemaPatterns.SIZE)
            @Size(max = SchemaPatterns.SIZE_LENGTH)
            @JsonPropertyDescription("Size of each volume, such as 20Gi; storage.size if left out.")
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
