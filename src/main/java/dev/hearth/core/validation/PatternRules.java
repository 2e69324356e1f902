package dev.hearth.core.validation;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.ConcurrencyGroup;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.glob.PathPattern;
import dev.hearth.core.glob.RefPattern;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds malformed patterns, which match nothing, in pipelines that are older than the rules of the schema. */
public final class PatternRules {
    private PatternRules() {}

    /** Returns what is wrong with the first malformed pattern and what to do about it. Empty if there is none. */
    public static Optional<String> in(PipelineSpec spec) {
        return Stream.of(
                        refs("spec.triggers.branches", spec.triggers().branches()),
                        refs("spec.triggers.tags", spec.triggers().tags()),
                        paths("spec.triggers.onlyPaths", spec.triggers().onlyPaths()),
                        paths("spec.triggers.ignorePaths", spec.triggers().ignorePaths()),
                        refs("spec.trust.branches", spec.trusted().branches()),
                        refs("spec.trust.tags", spec.trusted().tags()),
                        spec.concurrency().groups().stream().flatMap(PatternRules::grouped),
                        paths("spec.cache.recipe", spec.cache().recipe()),
                        spec.builds().stream().flatMap(PatternRules::pushed),
                        spec.builds().stream()
                                .flatMap(build -> paths("spec.builds[" + build.name() + "].inputs", build.inputs())),
                        spec.tasks().stream()
                                .flatMap(task -> paths("spec.tasks[" + task.name() + "].inputs", task.inputs())))
                .flatMap(problems -> problems)
                .findFirst();
    }

    private static Stream<String> grouped(ConcurrencyGroup group) {
        var field = "spec.concurrency.groups[" + group.name() + "]";
        return Stream.concat(refs(field + ".branches", group.branches()), refs(field + ".tags", group.tags()));
    }

    private static Stream<String> pushed(BuildSpec build) {
        return Stream.ofNullable(build.push())
                .flatMap(push -> Stream.ofNullable(push.refs()))
                .flatMap(refs -> Stream.concat(
                        refs("spec.builds[" + build.name() + "].push.refs.branches", refs.branches()),
                        refs("spec.builds[" + build.name() + "].push.refs.tags", refs.tags())));
    }

    private static Stream<String> refs(String field, List<String> patterns) {
        return patterns.stream()
                .filter(pattern -> RefPattern.of(pattern).isMalformed())
                .map(pattern ->
                        problem(field, pattern) + "remove spaces, ~, ^, : and backslashes, which refs cannot contain");
    }

    private static Stream<String> paths(String field, List<String> patterns) {
        return patterns.stream()
                .filter(PathPattern::isMalformed)
                .map(pattern -> problem(field, pattern) + "write a backslash before every brace and backslash");
    }

    private static String problem(String field, String pattern) {
        return field + " has the pattern " + pattern + ", which is malformed: close every [, and ";
    }
}
