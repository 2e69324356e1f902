package dev.hearth.core.ref;

import dev.hearth.api.PatternSyntax;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.RefSelection;
import dev.hearth.api.Trust;
import dev.hearth.core.glob.RefPattern;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Adds the defaults of trust and pushes to a spec, so that a run's status records the effective values. */
public final class TrustDefaults {
    private TrustDefaults() {}

    /**
     * Returns the spec with its trust, and with the refs of each push.
     *
     * @param defaultBranch full name of the branch that the repository's HEAD names; if it is null, only refs that the
     *     pipeline names are trusted
     */
    public static PipelineSpec of(PipelineSpec spec, @Nullable String defaultBranch) {
        var head = Optional.ofNullable(defaultBranch)
                .map(GitRef::of)
                .filter(ref -> ref.kind() == GitRef.Kind.BRANCH)
                .map(GitRef::shortName)
                .filter(name -> name.length() <= PatternSyntax.REF_LENGTH
                        && RefPattern.of(name).isPlain())
                .stream()
                .toList();
        var trust = Optional.ofNullable(spec.trust()).orElseGet(() -> new RefSelection(head, List.of()));
        var pushed = new RefSelection(head, trust.tags());
        var builds = spec.builds().stream()
                .map(build -> {
                    PushSpec push = build.push();
                    return push == null || push.refs() != null ? build : build.withPush(push.withRefs(pushed));
                })
                .toList();
        return spec.withTrust(trust).withBuilds(builds);
    }

    /** Returns why a run of a ref does not push an image and what to do about it. Empty if it pushes the image. */
    public static Optional<String> withheld(PipelineSpec effective, PushSpec push, GitRef ref) {
        if (RefFilter.trust(effective.trusted(), ref) != Trust.Trusted) {
            return Optional.of("built and not pushed: " + ref.name() + " is not trusted"
                    + (ref.kind() == GitRef.Kind.BRANCH || ref.kind() == GitRef.Kind.TAG
                            ? "; add it to spec.trust to push its images"
                            : ""));
        }
        var refs = push.refs();
        return refs != null && RefFilter.of(refs).matches(ref)
                ? Optional.empty()
                : Optional.of("built and not pushed: push.refs does not select " + ref.name()
                        + "; by default it selects the default branch and the tags of spec.trust");
    }
}
