package dev.hearth.core.validation;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.ConcurrencyGroup;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.glob.PathPattern;
import dev.hearth.core.glob.RefPattern;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Finds malformed patterns, which match nothing, in pipelines that are older than the rules of the schema. */
public final class PatternRules {
    private PatternRules() {}

    /**
     * Returns what is wrong with the first malformed pattern and what to do about it. Empty if there is none. The text names
     * builds and tasks, and the field numbers them.
     */
    public static Optional<FieldMistake> in(PipelineSpec spec) {
        return Stream.of(
                        refs("spec.triggers.branches", spec.triggers().branches()),
                        refs("spec.triggers.tags", spec.triggers().tags()),
                        paths("spec.triggers.onlyPaths", spec.triggers().onlyPaths()),
                        paths("spec.triggers.ignorePaths", spec.triggers().ignorePaths()),
                        refs("spec.trust.branches", spec.trusted().branches()),
                        refs("spec.trust.tags", spec.trusted().tags()),
                        entries("spec.concurrency.groups", spec.concurrency().groups(), ConcurrencyGroup::name)
                                .flatMap(PatternRules::grouped),
                        paths("spec.cache.recipe", spec.cache().recipe()),
                        entries("spec.builds", spec.builds(), BuildSpec::name).flatMap(PatternRules::pushed),
                        entries("spec.builds", spec.builds(), BuildSpec::name)
                                .flatMap(build -> paths(
                                        build.path().below(".inputs"),
                                        build.value().inputs())),
                        entries("spec.tasks", spec.tasks(), TaskSpec::name)
                                .flatMap(task -> paths(
                                        task.path().below(".inputs"),
                                        task.value().inputs())))
                .flatMap(problems -> problems)
                .findFirst();
    }

    /**
     * The path of a field.
     *
     * @param field with numbers of entries
     * @param shown with names of entries, for people
     */
    private record Path(String field, String shown) {
        Path below(String more) {
            return new Path(field + more, shown + more);
        }
    }

    private record Entry<T>(Path path, T value) {}

    private static <T> Stream<Entry<T>> entries(String list, List<T> all, Function<T, String> name) {
        return IntStream.range(0, all.size())
                .mapToObj(at -> new Entry<>(
                        new Path(list + "[" + at + "]", list + "[" + name.apply(all.get(at)) + "]"), all.get(at)));
    }

    private static Stream<FieldMistake> grouped(Entry<ConcurrencyGroup> group) {
        return Stream.concat(
                refs(group.path().below(".branches"), group.value().branches()),
                refs(group.path().below(".tags"), group.value().tags()));
    }

    private static Stream<FieldMistake> pushed(Entry<BuildSpec> build) {
        var path = build.path().below(".push.refs");
        return Stream.ofNullable(build.value().push())
                .flatMap(push -> Stream.ofNullable(push.refs()))
                .flatMap(refs -> Stream.concat(
                        refs(path.below(".branches"), refs.branches()), refs(path.below(".tags"), refs.tags())));
    }

    private static Stream<FieldMistake> refs(String field, List<String> patterns) {
        return refs(new Path(field, field), patterns);
    }

    private static Stream<FieldMistake> refs(Path path, List<String> patterns) {
        return malformed(
                path,
                patterns,
                pattern -> RefPattern.of(pattern).isMalformed(),
                "remove spaces, ~, ^, : and backslashes, which refs cannot contain");
    }

    private static Stream<FieldMistake> paths(String field, List<String> patterns) {
        return paths(new Path(field, field), patterns);
    }

    private static Stream<FieldMistake> paths(Path path, List<String> patterns) {
        return malformed(
                path, patterns, PathPattern::isMalformed, "write a backslash before every brace and backslash");
    }

    private static Stream<FieldMistake> malformed(
            Path path, List<String> patterns, Predicate<String> isMalformed, String fix) {
        return IntStream.range(0, patterns.size())
                .filter(at -> isMalformed.test(patterns.get(at)))
                .mapToObj(at -> new FieldMistake(
                        path.field() + "[" + at + "]",
                        path.shown() + " has the pattern " + patterns.get(at)
                                + ", which is malformed: close every [, and " + fix));
    }
}
