package dev.hearth.controller.run;

import dev.hearth.api.DefinitionSpec;
import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.cluster.SpecCheck;
import dev.hearth.cluster.SpecCheck.Verdict;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.validation.DefinitionLimits;
import dev.hearth.core.validation.FieldMistake;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.definition.DefinitionFile;
import dev.hearth.definition.InvalidDefinition;
import dev.hearth.git.CommitFiles;
import dev.hearth.git.FoundFile;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the definition of a pipeline from its repository, and checks the spec that it makes: by the API server against the
 * schema, and against the limits of the pipeline.
 */
@ApplicationScoped
public class DefinitionReader {
    private static final int SHOWN_MISTAKES = 3;
    private static final int SHORT_COMMIT = 12;

    private final CommitFiles files;
    private final SpecCheck check;

    public DefinitionReader(CommitFiles files, SpecCheck check) {
        this.files = files;
        this.check = check;
    }

    /**
     * A spec with the builds and tasks that its run has.
     *
     * @param definition where they come from; null if from the pipeline itself
     */
    record Defined(PipelineSpec spec, @Nullable DefinitionStatus definition) {}

    /** The mistake is in the pipeline itself, and not in the file. It may be corrected while the run waits. */
    static final class PipelineMistake extends Exception {
        private final transient StatusReason why;

        PipelineMistake(FieldMistake mistake) {
            this(new StatusReason(
                    Reason.Invalid,
                    "the API server refuses a field of the pipeline: " + mistake
                            + ". Compare the version of the CRDs with that of the operator"));
        }

        PipelineMistake(StatusReason why) {
            super(why.message());
            this.why = why;
        }

        StatusReason why() {
            return why;
        }
    }

    /** A definition cannot be used until somebody changes it. */
    static final class Unusable extends Exception {
        private final transient StatusReason why;
        private final transient DefinitionStatus definition;

        Unusable(Reason reason, DefinitionStatus definition, String message) {
            super(message);
            this.why = new StatusReason(reason, message);
            this.definition = definition;
        }

        /** Returns the same for a file that a pull request does not change. */
        Unusable ofBase() {
            return new Unusable(
                    why.reason(),
                    definition,
                    why.message() + " (this is the file of the base, not of the pull request)");
        }

        StatusReason why() {
            return why;
        }

        DefinitionStatus definition() {
            return definition;
        }
    }

    /**
     * Returns the spec of a run.
     *
     * @param commit that has the definition
     */
    Defined read(PipelineRun run, PipelineSpec pipeline, DefinitionSpec definition, GitRemote remote, String commit)
            throws GitException, Unusable, PipelineMistake {
        var file = file(remote, definition, commit);
        return switch (check.check(run, file.mergedInto(pipeline))) {
            case Verdict.Invalid(var mistakes) -> {
                var own = mistakes.stream()
                        .filter(mistake -> DefinitionFile.decides(mistake.field()))
                        .toList();
                if (own.isEmpty()) {
                    throw new PipelineMistake(mistakes.getFirst());
                }
                throw invalid(definition, commit, file, own);
            }
            case Verdict.Valid(var spec) -> {
                var exceeded = new DefinitionLimits(pipeline, definition).exceededBy(spec);
                if (!exceeded.isEmpty()) {
                    throw invalid(definition, commit, file, exceeded);
                }
                var mistake = PipelineValidator.first(spec);
                if (mistake.isPresent()) {
                    if (!DefinitionFile.decides(mistake.get().field())) {
                        throw new PipelineMistake(mistake.get().why());
                    }
                    var line = file.line(mistake.get().field());
                    throw invalid(definition, commit, line, mistake.get().why().message());
                }
                yield new Defined(spec, new DefinitionStatus(definition.path(), commit, null));
            }
        };
    }

    /** Reads the file, and checks nothing that needs the API server. */
    DefinitionFile file(GitRemote remote, DefinitionSpec definition, String commit) throws GitException, Unusable {
        var path = definition.path();
        try {
            return switch (files.read(remote, commit, path, DefinitionFile.MOST_BYTES)) {
                case FoundFile.Content(var bytes) -> DefinitionFile.parse(bytes);
                case FoundFile.TooLarge() -> throw DefinitionFile.tooLarge();
                case FoundFile.NotAFile(var what) ->
                    throw missing(
                            definition,
                            commit,
                            path + " of commit " + shortened(commit) + " is " + what + ": make it a file");
                case FoundFile.Missing() ->
                    throw missing(
                            definition,
                            commit,
                            "commit " + shortened(commit) + " has no file " + path
                                    + ": add it to the branch, or correct spec.definition.path of the pipeline");
            };
        } catch (InvalidDefinition e) {
            throw invalid(definition, commit, e.line(), String.valueOf(e.getMessage()));
        }
    }

    private static String shortened(String commit) {
        return commit.substring(0, SHORT_COMMIT);
    }

    private static Unusable missing(DefinitionSpec definition, String commit, String message) {
        return new Unusable(Reason.DefinitionNotFound, new DefinitionStatus(definition.path(), commit, null), message);
    }

    private static Unusable invalid(DefinitionSpec definition, String commit, @Nullable Integer line, String problem) {
        return new Unusable(
                Reason.DefinitionInvalid,
                new DefinitionStatus(definition.path(), commit, line),
                definition.path() + (line == null ? "" : ", line " + line) + ": " + problem);
    }

    private static Unusable invalid(
            DefinitionSpec definition, String commit, DefinitionFile file, List<FieldMistake> mistakes) {
        var sorted = mistakes.stream()
                .sorted(Comparator.comparingInt(mistake -> file.line(mistake.field())))
                .toList();
        var line = file.line(sorted.getFirst().field());
        var others = sorted.stream()
                .skip(1)
                .limit(SHOWN_MISTAKES - 1)
                .map(mistake -> "; line " + file.line(mistake.field()) + ": " + mistake)
                .collect(Collectors.joining());
        var more = sorted.size() - SHOWN_MISTAKES;
        return invalid(
                definition,
                commit,
                line,
                sorted.getFirst() + others + (more > 0 ? "; and " + more + " more mistakes" : ""));
    }
}
