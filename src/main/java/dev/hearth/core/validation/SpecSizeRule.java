package dev.hearth.core.validation;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.JsonSize;
import java.util.Optional;

/** Checks that the status of a run, which has a copy of the spec and an entry for each step, does not become too large. */
public final class SpecSizeRule {
    /** Bytes of a spec as JSON. With it, steps, matrices and conditions a status has at most 1.4 MiB, and the limit of etcd is 1.5 MiB. */
    public static final long MAX_BYTES = 512 << 10;

    private static final int MAX_BUILDS = 256;

    private SpecSizeRule() {}

    static Optional<SpecMistake> mistake(PipelineSpec spec) {
        var bytes = JsonSize.of(spec);
        if (bytes > MAX_BYTES) {
            return Optional.of(mistake(
                    "spec",
                    Reason.SpecTooLarge,
                    "spec takes " + (bytes + 1023) / 1024 + " KiB as JSON, and the limit is " + MAX_BYTES / 1024
                            + " KiB: move long scripts into the repository or into an image, or split the pipeline"));
        }
        var builds = spec.builds().stream().mapToInt(SpecSizeRule::steps).sum();
        return builds > MAX_BUILDS
                ? Optional.of(mistake(
                        "spec.builds",
                        Reason.TooManyBuilds,
                        "spec.builds has " + builds
                                + " steps, one for each variant and platform, and a run has " + MAX_BUILDS
                                + " at most: remove variants or platforms, or split the pipeline"))
                : Optional.empty();
    }

    private static SpecMistake mistake(String field, Reason reason, String message) {
        return new SpecMistake(field, new StatusReason(reason, message));
    }

    private static int steps(BuildSpec build) {
        return build.platforms().size() * Math.max(1, build.variants().size());
    }
}
