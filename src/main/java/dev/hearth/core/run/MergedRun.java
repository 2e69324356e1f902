package dev.hearth.core.run;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.RunTrigger;
import dev.hearth.api.Trust;
import dev.hearth.core.ref.GitRef;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the run of a merge queue that a run of the branch may take steps over from. */
public final class MergedRun {
    /** Later than that, images and packages from the network have moved on. A queue merges within minutes or hours. */
    static final Duration LONGEST = Duration.ofDays(1);

    private MergedRun() {}

    /**
     * A run of a branch whose commit and spec are known, and that has no steps yet.
     *
     * @param spec with the defaults of trust filled in
     * @param seedRefs trusted refs whose caches can seed its commit
     */
    public record Successor(PipelineRun run, PipelineSpec spec, String commit, List<String> seedRefs) {
        public Successor {
            seedRefs = List.copyOf(seedRefs);
        }
    }

    /**
     * Returns the newest run that has succeeded, of a merge group for the branch, at exactly the commit that the branch has now
     * and with the same spec. Nothing else than this commit and what the branch's run itself may start from has decided what it
     * did: caches and artifacts of a merge group are those of its commit alone ({@link GitRef#lineage}).
     *
     * @param others runs of the same Pipeline object
     */
    public static Optional<PipelineRun> find(Successor own, Collection<PipelineRun> others, Instant now) {
        var spec = own.run().getSpec();
        // Whoever asks for a run gets one.
        if (spec.trigger() != RunTrigger.Ref || !own.spec().artifacts().reuses()) {
            return Optional.empty();
        }
        return others.stream()
                .filter(other -> other.getSpec().pipeline().equals(spec.pipeline())
                        && GitRef.of(other.getSpec().ref()).mergeTarget().equals(Optional.of(spec.ref()))
                        && didTheSame(own, other.getStatus(), now))
                .max(Comparator.comparing(MergedRun::finished).thenComparing(PipelineRun::name));
    }

    private static boolean didTheSame(Successor own, @Nullable PipelineRunStatus other, Instant now) {
        return other != null
                && other.phase() == Phase.Succeeded
                && other.finishedAt() != null
                && Instant.parse(other.finishedAt()).plus(LONGEST).isAfter(now)
                && own.commit().equals(other.commit())
                && other.trust() == Trust.Untrusted
                && own.spec().equals(other.pipelineSpec())
                && other.seedRefs().stream()
                        .allMatch(ref -> ref.equals(own.run().getSpec().ref())
                                || own.seedRefs().contains(ref));
    }

    private static Instant finished(PipelineRun run) {
        return Instant.parse(Objects.requireNonNull(run.getStatus().finishedAt()));
    }
}
