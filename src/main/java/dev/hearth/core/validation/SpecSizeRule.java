package dev.hearth.core.validation;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.JsonSize;
import java.util.Optional;

/** Whether the status of a run, which has a copy of the spec and says how each step stands, fits into the API server. */
public final class SpecSizeRule {
    /** Bytes of a spec as JSON. Steps, lists of legs and conditions take as much at most, and etcd takes 1.5 MiB. */
    public static final long MOST = 512 << 10;

    private static final int MOST_BUILDS = 256;

    private SpecSizeRule() {}

    static Optional<StatusReason> mistake(PipelineSpec spec) {
        var bytes = JsonSize.of(spec);
        if (bytes > MOST) {
            return Optional.of(new StatusReason(
                    Reason.SpecTooLarge,
                    "spec takes " + (bytes + 1023) / 1024 + " KiB as JSON, and every run keeps a copy of " + MOST / 1024
                            + " KiB at most: move long scripts into the repository or into an image, or make it several"
                            + " pipelines"));
        }
        var builds = spec.builds().stream().mapToInt(SpecSizeRule::steps).sum();
        return builds > MOST_BUILDS
                ? Optional.of(new StatusReason(
                        Reason.TooManyBuilds,
                        "spec.builds have " + builds
                                + " steps together, one for each variant and platform, and a run has " + MOST_BUILDS
                                + " at most: take variants or platforms away, or make it several pipelines"))
                : Optional.empty();
    }

    private static int steps(BuildSpec build) {
        return build.platforms().size() * Math.max(1, build.variants().size());
    }
}
