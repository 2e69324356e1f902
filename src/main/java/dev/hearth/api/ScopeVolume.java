package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The cache volume of a scope for one platform. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ScopeVolume(
        @JsonPropertyDescription("Platform whose BuildKit state it holds.")
        String platform,

        @JsonPropertyDescription("Name of the PersistentVolumeClaim.")
        String claim,

        @JsonPropertyDescription(
                "uid of that claim. With another, or none, what was on the volume is lost, and it is begun anew.")
        @Nullable
        String uid,

        @JsonPropertyDescription(
                "Isolation of the builds on it. Owners and attributes of its files depend on it, so a volume never has another.")
        @Nullable
        IsolationForm isolation,

        @JsonPropertyDescription("Run that has the volume, which no other run mounts meanwhile.") @Nullable
        String run,

        @JsonPropertyDescription("Number of the generation that this run may seal.") @Nullable
        Integer sealing,

        @JsonPropertyDescription(
                "Whether this run repeats what the last one built, so that none of its steps should run.")
        boolean repeatsCommit,

        @JsonPropertyDescription("Where its content began.") @Nullable
        Seed seed,

        @JsonPropertyDescription("The last run that used it.") @Nullable
        LastUse lastUse,

        @JsonPropertyDescription("Number of the newest sealed generation.") @Nullable
        Integer generation,

        @JsonPropertyDescription("spec.rollbackTo as it was last followed.") @Nullable
        Integer rolledBackTo,

        @JsonPropertyDescription("Sealed states that are kept, newest first.")
        List<SealedGeneration> generations,

        @JsonPropertyDescription("Set while storage makes the volume from a VolumeSnapshot.") @Nullable
        Wait waiting) {

    public ScopeVolume {
        generations = List.copyOf(orElse(generations, List.of()));
    }

    /** A volume that nobody has used. */
    public static ScopeVolume unused(String platform, String claim) {
        return new ScopeVolume(platform, claim, null, null, null, null, false, null, null, null, null, List.of(), null);
    }

    /** The same with other generations. */
    public ScopeVolume with(List<SealedGeneration> others) {
        return with(seed, lastUse, others, waiting);
    }

    /** The same with another seed. */
    public ScopeVolume seeded(@Nullable Seed other) {
        return with(other, lastUse, generations, waiting);
    }

    /** The same, waiting for storage. */
    public ScopeVolume waiting(@Nullable Wait wait) {
        return with(seed, lastUse, generations, wait);
    }

    /** The same after another use. */
    public ScopeVolume used(LastUse other) {
        return with(seed, other, generations, waiting);
    }

    private ScopeVolume with(
            @Nullable Seed begun, @Nullable LastUse use, List<SealedGeneration> kept, @Nullable Wait wait) {
        return new ScopeVolume(
                platform,
                claim,
                uid,
                isolation,
                run,
                sealing,
                repeatsCommit,
                begun,
                use,
                generation,
                rolledBackTo,
                kept,
                wait);
    }

    /** What is left of a volume whose claim is gone. */
    public ScopeVolume lost() {
        return new ScopeVolume(
                platform,
                claim,
                null,
                isolation,
                run,
                sealing,
                false,
                null,
                null,
                null,
                rolledBackTo,
                List.of(),
                waiting);
    }

    /** Newest of those that others may start from. */
    public Optional<SealedGeneration> newest() {
        return generations.stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .findFirst();
    }

    /** How others name a generation of this volume. */
    public GenerationRef named(SealedGeneration generation) {
        return new GenerationRef(claim, uid, generation.number());
    }

    /** A volume that storage has been asked to make from a VolumeSnapshot, and has not made yet. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Wait(
            @Required
            @Pattern(SchemaPatterns.TIME)
            @Size(max = SchemaPatterns.TIME_LENGTH)
            @JsonPropertyDescription("When Hearth first saw that storage had been asked.")
            String since,

            @JsonPropertyDescription("What it waits for, with what the storage's driver last said.")
            String message) {}

    /** What the last run found and left. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record LastUse(
            @JsonPropertyDescription("Name of the run.") String run,

            @Required
            @Pattern(SchemaPatterns.TIME)
            @Size(max = SchemaPatterns.TIME_LENGTH)
            @JsonPropertyDescription("When its daemon stopped.")
            String at,

            @JsonPropertyDescription("Its commit.") String commit,

            @JsonPropertyDescription("Recipe hash of its commit.") @Nullable
            String recipe,

            @JsonPropertyDescription("Whether all of its builds succeeded.")
            boolean succeeded,

            @JsonPropertyDescription("Size of the volume's content, such as 2100Mi.")
            String used,

            @JsonPropertyDescription("The same as BuildKit counts it, without what only older generations hold.")
            @Nullable
            String buildkit,

            @JsonPropertyDescription("Size of the volume's file system.") @Nullable
            String capacity,

            @JsonPropertyDescription("Free space in it.") @Nullable
            String free,

            @JsonPropertyDescription("Build steps found in the cache, of all that could be.") @Nullable
            String cached,

            @JsonPropertyDescription("What the daemon had to say of the volume; empty if all is well.") @Nullable
            String note) {}
}
