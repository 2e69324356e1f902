package dev.hearth.core.validation;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.VariantSpec;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.JsonSize;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks that the requests for all solves of a platform fit into an annotation of their build pod. Each solve has a copy of the
 * arguments of its build.
 */
public final class RequestSizeRule {
    /** Kubernetes allows 256 KiB for all annotations of an object. What others add to a pod has the rest. */
    public static final long MAX_BYTES = 240 << 10;

    /** What is the same in each request: names of fields, paths, numbers and the commit. */
    private static final int FIXED = 420;

    /** Most bytes of an address of the pod. */
    private static final long ADDRESS = 40;

    /** Number of places of a request that have the name of its container. */
    private static final int NAMES = 4;

    /** Bytes of {@code build-arg:} for an argument. */
    private static final int ARGUMENT = 10;

    /** Bytes of the field for an import. */
    private static final int IMPORT = 15;

    private RequestSizeRule() {}

    static Optional<SpecMistake> mistake(PipelineSpec spec) {
        return platforms(spec)
                .filter(platform -> bytes(spec, platform) > MAX_BYTES)
                .findFirst()
                .map(platform -> tooLarge(platform, bytes(spec, platform)));
    }

    private static SpecMistake tooLarge(String platform, long bytes) {
        return new SpecMistake(
                "spec.builds",
                new StatusReason(
                        Reason.SpecTooLarge,
                        "spec.builds takes " + (bytes + 1023) / 1024 + " KiB in the pod for " + platform
                                + ", where each variant has the arguments of its build, and the limit is "
                                + MAX_BYTES / 1024
                                + " KiB: shorten arguments, remove variants, or split the pipeline"));
    }

    /** Returns how long the requests for all solves of a platform can be. The result is never too small. */
    public static long bytes(PipelineSpec spec, String platform) {
        // A private repository is read from an address of the pod.
        var source = FIXED + Math.max(ADDRESS, JsonSize.of(spec.source().url()));
        var imports = spec.cache().imports().stream()
                .mapToLong(reference -> IMPORT + JsonSize.of(reference))
                .sum();
        return source
                + spec.builds().stream()
                        .filter(build -> build.platforms().contains(platform))
                        .mapToLong(build -> solves(build, source + imports))
                        .sum();
    }

    private static Stream<String> platforms(PipelineSpec spec) {
        return spec.builds().stream()
                .flatMap(build -> build.platforms().stream())
                .distinct();
    }

    private static long solves(BuildSpec build, long shared) {
        var push = build.push();
        var each = shared
                + 3 * JsonSize.of(build.context()) // each byte of which may be encoded
                + JsonSize.of(build.dockerfile())
                + JsonSize.of(build.arguments())
                + (long) ARGUMENT * build.arguments().size()
                + (push == null ? 0 : JsonSize.of(push.repository()));
        return build.variants().isEmpty()
                ? each + names(build.name()) + JsonSize.of(build.target())
                : build.variants().stream()
                        .mapToLong(variant -> each + names(build.name() + "--" + variant.name()) + target(variant))
                        .sum();
    }

    private static long names(String container) {
        return NAMES * JsonSize.of(container);
    }

    private static long target(VariantSpec variant) {
        return JsonSize.of(List.of(variant.name(), variant.target()));
    }
}
