package dev.hearth.core.run;

import dev.hearth.api.BuiltByName;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.TestSummary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was collected from a step that has ended, whether it succeeded or failed.
 *
 * @param files its artifact, null if it has none
 * @param tests summary of its test reports, null if it has none
 * @param note a warning, such as what was not collected and why; null if there is none
 * @param caches origin of its task caches, null if it has none
 * @param findings what BuildKit says of lines of the Dockerfile
 */
@BuiltByName
public record StepOutputs(
        @Nullable Files files,
        @Nullable TestSummary tests,
        @Nullable String note,
        @Nullable String caches,
        List<DockerfileFinding> findings)
        implements StepOutputsBuilder.With {
    public static final StepOutputs NOTHING = StepOutputsBuilder.builder().build();

    public StepOutputs {
        findings = List.copyOf(findings);
    }

    /** Returns these outputs with another note before the present one. */
    public StepOutputs noting(@Nullable String first) {
        return first == null ? this : withNote(note == null ? first : first + "\n" + note);
    }

    /**
     * The files of an artifact.
     *
     * @param digest of the paths, types, modes, link targets and content
     * @param files how many there are
     * @param kib size in KiB
     * @param location where they are; null for those that a pod of an earlier version of Hearth has left
     */
    public record Files(
            String digest, long files, long kib, @Nullable ArtifactLocation location) {
        public Files(String digest, long files, long kib) {
            this(digest, files, kib, null);
        }

        public Files at(ArtifactLocation place) {
            return new Files(digest, files, kib, place);
        }
    }
}
