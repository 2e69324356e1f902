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
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record ScopeVolume(
        @JsonPropertyDescription("Platform whose BuildKit state the volume holds.")
        String platform,

        @JsonPropertyDescription("Name of the PersistentVolumeClaim.")
        String claim,

        @JsonPropertyDescription("uid of that claim. If the claim has another uid or does not exist, the content of the"
                + " volume is lost and the volume starts anew.")
        @Nullable
        String uid,

        @JsonPropertyDescription(
                "Isolation of the builds that use the volume. Owners and attributes of its files depend on"
                        + " it, so it never changes.")
        @Nullable
        IsolationForm isolation,

        @JsonPropertyDescription("Run that uses the volume. Other runs do not mount it until that run has released it.")
        @Nullable
        String run,

        @JsonPropertyDescription(
                "Whether the run has to wait until Hearth has seen in the API server itself that the"
                        + " generations which the volume is seeded from stay, and that no volume reads those which are Leaving.")
        @Nullable
        Boolean unconfirmed,

        @JsonPropertyDescription("Number of the generation that this run may seal.") @Nullable
        Integer sealing,

        @JsonPropertyDescription("Pod with a running daemon on the volume, which waited for this run.") @Nullable
        Warm warm,

        @JsonPropertyDescription("Whether this run builds the same commit as the last one, so that all its build steps"
                + " should be cached.")
        boolean repeatsCommit,

        @JsonPropertyDescription("How the volume was seeded.") @Nullable
        Seed seed,

        @JsonPropertyDescription("The last use of the volume by a run.") @Nullable
        LastUse lastUse,

        @JsonPropertyDescription("Number of the newest sealed generation.") @Nullable
        Integer generation,

        @JsonPropertyDescription("The last value of spec.rollbackTo that took effect.") @Nullable
        Integer rolledBackTo,

        @JsonPropertyDescription("Generations on the volume, newest first.")
        List<SealedGeneration> generations,

        @JsonPropertyDescription("Set while storage creates the volume from a VolumeSnapshot.") @Nullable
        Wait waiting)
        implements ScopeVolumeBuilder.With {

    public ScopeVolume {
        generations = List.copyOf(orElse(generations, List.of()));
    }

    /** Returns a volume that no run has used yet. */
    public static ScopeVolume unused(String platform, String claim) {
        return ScopeVolumeBuilder.builder()
                .platform(platform)
                .claim(claim)
                .repeatsCommit(false)
                .build();
    }

    /** Returns the state of the volume after its claim was deleted: without content. */
    public ScopeVolume lost() {
        return ScopeVolumeBuilder.builder()
                .platform(platform)
                .claim(claim)
                .repeatsCommit(false)
                .isolation(isolation)
                .run(run)
                .sealing(sealing)
                .rolledBackTo(rolledBackTo)
                .waiting(waiting)
                .build();
    }

    /** Whether the run has to wait until it is certain that what the volume reads stays. */
    public boolean awaitsConfirmation() {
        return Boolean.TRUE.equals(unconfirmed);
    }

    /** Returns the newest generation that can seed other volumes. Empty if there is none. */
    public Optional<SealedGeneration> newest() {
        return generations.stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .findFirst();
    }

    /**
     * Whether what is decided next depends on what other scopes have recorded in the meantime, which a watch may not show
     * yet.
     */
    public boolean dependsOnOthers() {
        return awaitsConfirmation()
                || generations.stream().anyMatch(generation -> generation.state() == SealedGeneration.State.Leaving);
    }

    /** Returns a reference to a generation of this volume. */
    public GenerationRef named(SealedGeneration generation) {
        return new GenerationRef(claim, uid, generation.number());
    }

    /** The wait for a volume that storage creates from a VolumeSnapshot. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Wait(
            @Required
            @Pattern(SchemaPatterns.TIME)
            @Size(max = SchemaPatterns.TIME_LENGTH)
            @JsonPropertyDescription("When Hearth first saw that the volume was requested from storage.")
            String since,

            @JsonPropertyDescription("What the volume is waiting for, with the last message of the storage driver.")
            String message) {}

    /**
     * A pod that was created before the run that has the volume.
     *
     * @param ending whether the pod is not fit for the run. The run waits until it is gone
     */
    @BuiltByName
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Warm(
            @JsonPropertyDescription("Name of the pod.") String pod,

            @JsonPropertyDescription("uid of the pod.") String uid,

            @Required
            @Pattern(SchemaPatterns.TIME)
            @Size(max = SchemaPatterns.TIME_LENGTH)
            @JsonPropertyDescription("When the pod was created.")
            String since,

            @JsonPropertyDescription("Whether the pod was made for other builds than those of the run, and is ending.")
            @Nullable
            Boolean ending) {

        /** Whether the run has to wait until the pod is gone. */
        public boolean unfit() {
            return Boolean.TRUE.equals(ending);
        }
    }

    /** The last use of a volume by a run. */
    @BuiltByName
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record LastUse(
            @JsonPropertyDescription("Name of the run.") String run,

            @Required
            @Pattern(SchemaPatterns.TIME)
            @Size(max = SchemaPatterns.TIME_LENGTH)
            @JsonPropertyDescription("When the daemon of the run stopped.")
            String at,

            @JsonPropertyDescription("Commit of the run.") String commit,

            @JsonPropertyDescription("Recipe hash of the commit.") @Nullable
            String recipe,

            @JsonPropertyDescription("Whether all builds of the run succeeded.")
            boolean succeeded,

            @JsonPropertyDescription("Measured size of the volume's content, such as 2100Mi.")
            String used,

            @JsonPropertyDescription(
                    "Size of the content as BuildKit counts it, without what only older generations hold.")
            @Nullable
            String buildkit,

            @JsonPropertyDescription("Size of the volume's file system.") @Nullable
            String capacity,

            @JsonPropertyDescription("Free space in the volume's file system.") @Nullable
            String free,

            @JsonPropertyDescription("Build steps found in the cache, of all cacheable build steps.") @Nullable
            String cached,

            @JsonPropertyDescription("Problem that the daemon had with the volume. Empty if there was none.") @Nullable
            String note) {}
}
