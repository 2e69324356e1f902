package dev.hearth.core.testreport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.testreport.TestCase.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestDurationsTest {

    @ParameterizedTest
    @CsvSource({
        // as pytest, Maven, cargo-nextest, go test and GoogleTest list and report tests
        "tests/test_a.py::test_one[x-1], tests.test_a, test_one[x-1]",
        "tests/test_a.py::TestB::test_one, tests.test_a.TestB, test_one",
        "org.acme.OneTest#works, org.acme.OneTest, works",
        "org.acme.OneTest.works, org.acme.OneTest, works",
        "sqlpage tests::works, sqlpage, tests::works",
        "TestWorks, example.org/pkg, TestWorks",
        "Suite.Works, Suite, Works"
    })
    void findsATestByTheNameThatAToolListsItWith(String listed, String classname, String name) {
        var durations = TestDurations.of(List.of(report(test(classname, name, "", 2.5))));
        assertThat(durations.lookup().seconds(listed)).hasValue(2.5);
        assertThat(durations.lookup().seconds("another")).isEmpty();
    }

    @Test
    void addsUpTheTestsOfAClassAndOfAFile() {
        var lookup = TestDurations.of(List.of(
                        report(test("a.One", "x", "src/one.js", 1), test("a.One", "y", "src/one.js", 2)),
                        report(test("a.One", "z", "src/one.js", 0.5), test("tests.test_b", "q", "", 4))))
                .lookup();
        assertThat(lookup.seconds("a.One")).hasValue(3.5);
        assertThat(lookup.seconds("src/one.js")).hasValue(3.5);
        assertThat(lookup.seconds("tests/test_b.py")).hasValue(4);
    }

    @Test
    void prefersIdsToNames() {
        var lookup = TestDurations.of(List.of(report(test("", "works", "", 1), test("Other", "works", "", 5))))
                .lookup();
        assertThat(lookup.seconds("works")).hasValue(1);
    }

    @Test
    void ignoresSkippedAndUntimedTests() {
        var skipped = TestCaseBuilder.builder()
                .classname("A")
                .name("b")
                .file("")
                .seconds(OptionalDouble.of(3))
                .outcome(Outcome.Skipped)
                .flaky(false)
                .message("")
                .details("")
                .failedAt(Optional.empty())
                .build();
        var untimed = TestCaseBuilder.builder()
                .classname("A")
                .name("c")
                .file("")
                .seconds(OptionalDouble.empty())
                .outcome(Outcome.Passed)
                .flaky(false)
                .message("")
                .details("")
                .failedAt(Optional.empty())
                .build();
        assertThat(TestDurations.of(List.of(report(skipped, untimed)))).isEqualTo(TestDurations.NONE);
    }

    @Test
    void newerDurationsReplaceThoseOfTheSameClassOnly() {
        var before = TestDurations.of(List.of(report(test("A", "gone", "", 9), test("B", "x", "", 1))));
        var now = TestDurations.of(List.of(report(test("A", "new", "", 2))));
        var both = now.over(before).lookup();
        assertThat(both.seconds("A")).hasValue(2);
        assertThat(both.seconds("B.x")).hasValue(1);
        assertThat(both.seconds("A.gone")).isEmpty();
    }

    static TestCase test(String classname, String name, String file, double seconds) {
        return TestCaseBuilder.builder()
                .classname(classname)
                .name(name)
                .file(file)
                .seconds(OptionalDouble.of(seconds))
                .outcome(Outcome.Passed)
                .flaky(false)
                .message("")
                .details("")
                .failedAt(Optional.empty())
                .build();
    }

    static TestReport report(TestCase... tests) {
        var tally = new TestTally();
        Stream.of(tests).forEach(tally::add);
        return tally.report();
    }
}
