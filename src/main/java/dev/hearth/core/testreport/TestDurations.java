package dev.hearth.core.testreport;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The durations of a step's tests when they ran last.
 *
 * @param classes seconds by class and name of the test
 * @param files seconds by source file
 */
public record TestDurations(SortedMap<String, SortedMap<String, Double>> classes, SortedMap<String, Double> files) {
    private static final Pattern PYTHON = Pattern.compile("\\.py(?=::|$)");
    private static final Pattern SEPARATORS = Pattern.compile("::|[/#\\\\ ]");
    private static final Pattern LEADING_DOTS = Pattern.compile("^\\.+");
    public static final TestDurations NONE =
            new TestDurations(Collections.emptySortedMap(), Collections.emptySortedMap());

    public TestDurations {
        var copy = new TreeMap<String, SortedMap<String, Double>>();
        classes.forEach((name, tests) -> copy.put(name, Collections.unmodifiableSortedMap(new TreeMap<>(tests))));
        classes = Collections.unmodifiableSortedMap(copy);
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** Returns the durations in the reports of all shards. If a test ran twice, such as with two browsers, they are added. */
    public static TestDurations of(Collection<TestReport> shards) {
        var classes = new TreeMap<String, SortedMap<String, Double>>();
        var files = new TreeMap<String, Double>();
        shards.stream()
                .flatMap(report -> report.cases().stream())
                .filter(test -> test.outcome() != TestCase.Outcome.Skipped)
                .filter(test -> test.seconds().isPresent())
                .forEach(test -> {
                    var seconds = test.seconds().orElseThrow();
                    classes.computeIfAbsent(test.classname(), _ -> new TreeMap<>())
                            .merge(test.name(), seconds, TestDurations::sum);
                    if (!test.file().isEmpty()) {
                        files.merge(test.file(), seconds, TestDurations::sum);
                    }
                });
        return new TestDurations(classes, files);
    }

    /** Returns the durations of this and another shard together. Both may have tests of the same class. */
    public TestDurations and(TestDurations other) {
        var all = new TreeMap<String, SortedMap<String, Double>>();
        Stream.of(this, other)
                .forEach(shard -> shard.classes.forEach((classname, tests) ->
                        tests.forEach((name, seconds) -> all.computeIfAbsent(classname, _ -> new TreeMap<>())
                                .merge(name, seconds, TestDurations::sum))));
        var allFiles = new TreeMap<>(files);
        other.files.forEach((file, seconds) -> allFiles.merge(file, seconds, TestDurations::sum));
        return new TestDurations(all, allFiles);
    }

    /** Returns these durations, and earlier ones of the classes and files that these do not contain. */
    public TestDurations over(TestDurations before) {
        var newClasses = new TreeMap<>(before.classes);
        newClasses.putAll(classes);
        var newFiles = new TreeMap<>(before.files);
        newFiles.putAll(files);
        return new TestDurations(newClasses, newFiles);
    }

    /** Returns a lookup by the names that lists of tests use. */
    public Lookup lookup() {
        var known = new HashMap<String, Double>();
        classes.forEach((classname, tests) ->
                tests.forEach((name, seconds) -> known.merge(key(id(classname, name)), seconds, TestDurations::sum)));
        var groups = new HashMap<String, Double>();
        classes.forEach((classname, tests) -> groups.merge(
                key(classname), tests.values().stream().reduce(0.0, TestDurations::sum), TestDurations::sum));
        groups.forEach(known::putIfAbsent);
        files.forEach((file, seconds) -> known.putIfAbsent(key(file), seconds));
        var names = new HashMap<String, Double>();
        classes.values()
                .forEach(
                        tests -> tests.forEach((name, seconds) -> names.merge(key(name), seconds, TestDurations::sum)));
        names.forEach(known::putIfAbsent);
        return new Lookup(known);
    }

    /** Seconds by the normalised id of a test, or else by class, file or name. */
    public record Lookup(Map<String, Double> seconds) {
        public OptionalDouble seconds(String test) {
            var known = seconds.get(key(test));
            return known == null ? OptionalDouble.empty() : OptionalDouble.of(known);
        }
    }

    private static String id(String classname, String name) {
        return TestCaseBuilder.builder()
                .classname(classname)
                .name(name)
                .file("")
                .seconds(OptionalDouble.empty())
                .outcome(TestCase.Outcome.Passed)
                .flaky(false)
                .message("")
                .details("")
                .failedAt(Optional.empty())
                .build()
                .id();
    }

    /** Normalises a name: lists write a/test_b.py::test_c where reports write a.test_b.test_c. */
    private static String key(String test) {
        var module = PYTHON.matcher(test.strip()).replaceAll("");
        return LEADING_DOTS.matcher(SEPARATORS.matcher(module).replaceAll(".")).replaceAll("");
    }

    private static double sum(double one, double other) {
        return Math.round((one + other) * 1000) / 1000.0;
    }
}
