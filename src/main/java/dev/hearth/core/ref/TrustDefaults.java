package dev.hearth.core.ref;

import dev.hearth.api.PatternSyntax;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.RefSelection;
import dev.hearth.api.Trust;
import dev.hearth.core.glob.RefPattern;
import java.util.List;
import java.util.Optional;

/** Fills in what a pipeline leaves out about trust, so that the spec that a run freezes names all that is in force. */
public final class TrustDefaults {
    private TrustDefaults() {}

    /**
     * The spec with its trust, and with the refs of each push.
     *
     * @param defaultBranch full name of the branch that the repository's HEAD names; without one nothing is trusted that the
     *     pipeline does not name
     */
    public static PipelineSpec of(PipelineSpec spec, Optional<String> defaultBranch) {
        var head = defaultBranch
                .map(GitRef::of)
                .filter(ref -> ref.kind() == GitRef.Kind.BRANCH)
                .map(GitRef::shortName)
                .filter(name -> name.length() <= PatternSyntax.REF_LENGTH
                        && RefPattern.of(name).isPlain())
                .stream()
                .toList();
        var trust = Optional.ofNullable(spec.trust()).orElseGet(() -> new RefSelection(head, List.of()));
        var usual = new RefSelection(head, trust.tags());
        var builds = spec.builds().stream()
                .map(build -> {
                    PushSpec push = build.push();
                    return push == null || push.refs() != null ? build : build.withPush(push.withRefs(usual));
                })
                .toList();
        return spec.with(trust, builds);
    }

    /** Why a run of a ref builds an image and does not push it, as a sentence that says what to do; empty if it pushes. */
    public static Optional<String> withheld(PipelineSpec inForce, PushSpec push, GitRef ref) {
        if (RefFilter.trust(inForce.trusted(), ref) != Trust.Trusted) {
            return Optional.of("built and not pushed: " + ref.name() + " is not trusted"
                    + (ref.kind() == GitRef.Kind.BRANCH || ref.kind() == GitRef.Kind.TAG
                            ? "; spec.trust names the branches and tags that are"
                            : ""));
        }
        var refs = push.refs();
        return refs != null && RefFilter.of(refs).matches(ref)
                ? Optional.empty()
                : Optional.of("built and not pushed: push.refs does not name " + ref.name()
                        + "; without push.refs only the default branch and the tags of spec.trust are pushed");
    }
}
