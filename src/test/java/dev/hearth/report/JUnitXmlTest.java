package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.TestSummary;
import dev.hearth.core.testreport.SourceLine;
import dev.hearth.core.testreport.TestCase;
import dev.hearth.core.testreport.TestCase.Outcome;
import dev.hearth.core.testreport.TestCaseBuilder;
import dev.hearth.core.testreport.TestReport;
import dev.hearth.core.testreport.TestSummaryFactory;
import dev.hearth.core.testreport.TestTally;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports in the variants of the tools that write them. */
class JUnitXmlTest {

    @Test
    void surefireWithRepeatedTests() {
        var report = read("""
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
                xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd" \
                version="3.0.2" name="org.acme.OneTest" time="1,235.2" tests="4" errors="1" skipped="1" failures="1" flakes="1">
                  <properties><property name="java.version" value="25"/></properties>
                  <testcase name="passes" classname="org.acme.OneTest" time="1,234.5"/>
                  <testcase name="flakes" classname="org.acme.OneTest" time="0.2">
                    <flakyFailure message="was 1" type="org.opentest4j.AssertionFailedError">
                      <stackTrace><![CDATA[org.opentest4j.AssertionFailedError: was 1]]></stackTrace>
                      <system-out><![CDATA[noise]]></system-out>
                    </flakyFailure>
                  </testcase>
                  <testcase name="fails" classname="org.acme.OneTest" time="0.5">
                    <failure message="expected: 2 but was: 1" type="org.opentest4j.AssertionFailedError"><![CDATA[org.opentest4j.AssertionFailedError: expected: 2 but was: 1
                \tat org.acme.OneTest.fails(OneTest.java:7)
                ]]></failure>
                    <rerunFailure message="again" type="org.opentest4j.AssertionFailedError"><stackTrace>no</stackTrace></rerunFailure>
                    <system-out><![CDATA[noise]]></system-out>
                  </testcase>
                  <testcase name="breaks" classname="org.acme.OneTest">
                    <error message="null" type="java.lang.NullPointerException">java.lang.NullPointerException</error>
                  </testcase>
                  <testcase name="off" classname="org.acme.OneTest" time="0"><skipped message="later"/></testcase>
                </testsuite>
                """);

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(2, 2, 1, 1, 1235.2));
        assertThat(report.problems()).isEmpty();
        assertThat(report.cases().get(1)).isEqualTo(passed("org.acme.OneTest", "flakes", 0.2, true));
        assertThat(report.cases().get(2))
                .isEqualTo(TestCaseBuilder.builder()
                        .classname("org.acme.OneTest")
                        .name("fails")
                        .file("")
                        .seconds(OptionalDouble.of(0.5))
                        .outcome(Outcome.Failed)
                        .flaky(false)
                        .message("expected: 2 but was: 1")
                        .details("""
                        org.opentest4j.AssertionFailedError: expected: 2 but was: 1
                         at org.acme.OneTest.fails(OneTest.java:7)""")
                        .failedAt(Optional.empty())
                        .build());
        assertThat(report.cases().get(3).outcome()).isEqualTo(Outcome.Error);
        assertThat(report.cases().get(3).seconds()).isEmpty();
    }

    @Test
    void pytest() {
        var report = read("""
                <?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" \
                failures="1" skipped="1" tests="4" time="0.1" timestamp="2026-01-02T03:04:05+00:00" hostname="h">\
                <testcase classname="tests.test_a.TestOne" name="test_ok[x-1]" file="tests/test_a.py" line="3" time="0.002" />\
                <testcase classname="tests.test_a" name="test_bad" time="0.001"><failure message="assert 1 == 2">def test_bad():
                &gt;       assert 1 == 2
                E       assert 1 == 2

                tests/test_a.py:7: AssertionError</failure></testcase>\
                <testcase classname="tests.test_a" name="test_setup" time="0.001"><error message="failed on setup with &quot;ValueError&quot;">x</error></testcase>\
                <testcase classname="tests.test_a" name="test_skip" time="0.000"><skipped type="pytest.skip" message="no">x</skipped></testcase>\
                </testsuite></testsuites>
                """);

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(1, 2, 1, 0, 0.004));
        assertThat(report.cases()).extracting(TestCase::id).contains("tests.test_a.TestOne.test_ok[x-1]");
        assertThat(report.cases().getFirst().file()).isEqualTo("tests/test_a.py");
        assertThat(report.cases().get(1).message()).isEqualTo("assert 1 == 2");
        assertThat(report.cases().get(1).details()).startsWith("def test_bad():\n>       assert 1 == 2\n");
    }

    @Test
    void gotestsumAndGoJunitReport() {
        var report = read("""
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites tests="3" failures="1" errors="0" time="0.300">
                  <testsuite tests="3" failures="1" time="0.123000" name="example.org/mod/pkg" timestamp="2026-01-02T03:04:05Z">
                    <properties><property name="go.version" value="go1.26"></property></properties>
                    <testcase classname="example.org/mod/pkg" name="TestOk/sub" time="0.100000"></testcase>
                    <testcase classname="example.org/mod/pkg" name="TestBad" time="0.020000">
                      <failure message="Failed" type="">=== RUN   TestBad&#xA;    pkg_test.go:9: no&#xA;--- FAIL: TestBad (0.02s)&#xA;</failure>
                    </testcase>
                    <testcase classname="example.org/mod/pkg" name="TestSkip" time="0.000000"><skipped message="=== RUN"></skipped></testcase>
                  </testsuite>
                </testsuites>
                """);

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(1, 1, 1, 0, 0.12));
        assertThat(report.cases().get(1).details())
                .isEqualTo("=== RUN   TestBad\n    pkg_test.go:9: no\n--- FAIL: TestBad (0.02s)");
    }

    @Test
    void cargoNextest() {
        var report = read("""
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites name="nextest-run" tests="3" failures="1" errors="0" uuid="1" timestamp="2026-01-02T03:04:05.000+00:00" time="0.9">
                    <testsuite name="sqlpage" tests="3" disabled="0" errors="0" failures="1">
                        <testcase name="tests::ok" classname="sqlpage" timestamp="2026-01-02T03:04:05.000+00:00" time="0.25"/>
                        <testcase name="tests::flaky" classname="sqlpage" time="0.1">
                            <flakyFailure timestamp="2026-01-02T03:04:05.000+00:00" time="0.3" message="thread panicked" type="test failure with exit code 101">x<system-err>y</system-err></flakyFailure>
                        </testcase>
                        <testcase name="tests::bad" classname="sqlpage" time="0.1">
                            <failure message="thread &apos;tests::bad&apos; panicked at src/lib.rs:9:5" type="test failure with exit code 101">thread &apos;tests::bad&apos; panicked</failure>
                            <rerunFailure time="0.1" type="test failure with exit code 101">x</rerunFailure>
                            <system-out>running 1 test</system-out>
                        </testcase>
                    </testsuite>
                </testsuites>
                """);

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(2, 1, 0, 1, 0.45));
        assertThat(report.cases()).extracting(TestCase::flaky).containsExactly(false, true, false);
        assertThat(report.cases().get(2).message()).isEqualTo("thread 'tests::bad' panicked at src/lib.rs:9:5");
    }

    @Test
    void jest() {
        var report = read("""
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites name="jest tests" tests="2" failures="1" errors="0" time="1.5">
                  <testsuite name="sum" errors="0" failures="1" skipped="0" timestamp="2026-01-02T03:04:05" time="0.5" tests="2">
                    <testcase classname="sum adds" name="sum adds" time="0.003"></testcase>
                    <testcase classname="sum subtracts" name="sum subtracts" time="0.005">
                      <failure>Error: &#27;[2mexpect(&#27;[22mreceived).toBe(2)
                    at Object.&lt;anonymous&gt; (sum.test.js:5:11)</failure>
                    </testcase>
                  </testsuite>
                </testsuites>
                """);

        assertThat(report.cases()).extracting(TestCase::id).containsExactly("sum adds", "sum subtracts");
        assertThat(report.cases().get(1).message()).isEqualTo("Error: expect(received).toBe(2)");
        assertThat(report.cases().get(1).details())
                .isEqualTo("Error: expect(received).toBe(2)\n    at Object.<anonymous> (sum.test.js:5:11)");
    }

    @Test
    void playwright() {
        var report = read("""
                <testsuites id="" name="" tests="2" failures="1" skipped="1" errors="0" time="3.2">
                <testsuite name="login.spec.ts" timestamp="2026-01-02T03:04:05.000Z" hostname="chromium" tests="2" failures="1" skipped="1" time="3" errors="0">
                <testcase name="login › works" classname="login.spec.ts" time="2.5">
                <failure message="login.spec.ts:3:5 works" type="FAILURE">
                <![CDATA[  [chromium] › login.spec.ts:3:5 › login › works

                    Error: Timed out]]>
                </failure>
                <system-out>
                <![CDATA[
                [[ATTACHMENT|login/trace.zip]]
                ]]>
                </system-out>
                </testcase>
                <testcase name="login › later" classname="login.spec.ts" time="0"><skipped></skipped></testcase>
                </testsuite>
                </testsuites>
                """);

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(0, 1, 1, 0, 2.5));
        assertThat(report.cases().getFirst().id()).isEqualTo("login.spec.ts.login › works");
        assertThat(report.cases().getFirst().details())
                .isEqualTo("  [chromium] › login.spec.ts:3:5 › login › works\n    Error: Timed out");
    }

    @Test
    void googleTest() {
        var report = read("""
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites tests="4" failures="1" disabled="1" errors="0" time="0.01" name="AllTests">
                  <testsuite name="Math" tests="4" failures="1" disabled="1" skipped="1" errors="0" time="0.01">
                    <testcase name="Adds" file="math.cc" line="3" status="run" result="completed" time="0.004" classname="Math" />
                    <testcase name="Fails" file="math.cc" line="9" status="run" result="completed" time="0.001" classname="Math">
                      <failure message="math.cc:10&#x0A;Expected equality" type=""><![CDATA[math.cc:10
                Expected equality of these values:
                  1
                  2]]></failure>
                      <failure message="math.cc:11&#x0A;second" type=""><![CDATA[second]]></failure>
                    </testcase>
                    <testcase name="DISABLED_Off" status="notrun" result="suppressed" time="0" classname="Math" />
                    <testcase name="Skips" status="run" result="skipped" time="0" classname="Math"><skipped message="math.cc:20"/></testcase>
                  </testsuite>
                </testsuites>
                """);

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(1, 1, 2, 0, 0.005));
        assertThat(report.cases().get(1).message()).isEqualTo("math.cc:10 Expected equality");
        assertThat(report.cases().get(1).details())
                .isEqualTo("math.cc:10\nExpected equality of these values:\n  1\n  2");
    }

    @Test
    void readsNestedSuites() {
        var report = read("""
                <testsuites><testsuite name="a"><testcase name="x"/><testsuite name="b"><testsuite name="c">
                <testcase classname="C" name="y"/></testsuite></testsuite></testsuite></testsuites>
                """);
        assertThat(report.cases()).extracting(TestCase::id).containsExactly("x", "C.y");
    }

    /** A test file that cannot be loaded has no test case that could fail. */
    @Test
    void readsTheFailureOfAWholeSuite() {
        var report = read("""
                <testsuites tests="1" errors="1" failures="1">
                <testsuite name="src/app.test.ts" tests="0" errors="1"><error message="cannot find module" type="Error">at app.test.ts:3</error></testsuite>
                <testsuite name="src/b.test.ts" tests="1" failures="1"><properties/><testcase classname="b" name="works"/><failure>teardown broke</failure></testsuite>
                </testsuites>
                """);

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(1, 2, 0, 0, 0));
        assertThat(report.cases())
                .extracting(TestCase::id)
                .containsExactly("src/app.test.ts", "b.works", "src/b.test.ts");
        assertThat(report.cases().getFirst().message()).isEqualTo("cannot find module");
        assertThat(report.cases().getFirst().details()).isEqualTo("at app.test.ts:3");
        assertThat(report.cases().get(2).outcome()).isEqualTo(Outcome.Failed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "<testsuites><testsuite name='pkg' tests='0' errors='2' failures='0'/></testsuites>;"
                        + "2; suite pkg counts 2 failed tests and lists none of them",
                "<testsuites name='all' tests='9' failures='1'/>; 1; suite all counts 1 failed tests and lists none of them",
                "<testsuite tests='3'><testcase name='a'/><testsuite tests='2'/></testsuite>;"
                        + "0; suite unnamed suite counts 2 tests and lists none of them",
                "<testsuite name='s' failures='1'><testcase name='a'/></testsuite>;"
                        + "1; suite s counts 1 failed tests and lists none of them",
                "<testsuites failures='1'><testsuite name='a' failures='1'><testcase name='x'><failure/></testcase></testsuite>"
                        + "<testsuite name='b' failures='3'/></testsuites>;4; suite b counts 3 failed tests and lists none of them"
            })
    void reportsCountsWithoutListedTests(String xml, int failed, String problem) {
        var report = tallied(xml);

        assertThat(report.totals().failed()).isEqualTo(failed);
        assertThat(report.problems()).containsExactly("reports/a.xml: " + problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Some tools count a test twice, or count one that finally passed.
                "<testsuite failures='2' errors='1'><testcase name='a'><failure/><error/></testcase></testsuite>",
                "<testsuite failures='1'><testcase name='a'><flakyFailure/></testcase></testsuite>",
                "<testsuite tests='0' failures='0'/>",
                "<testsuite tests='x' failures='-1' errors='99999999999'><testcase name='a'/></testsuite>"
            })
    void ignoresCountsIfFailuresAreListed(String xml) {
        assertThat(tallied(xml).problems()).isEmpty();
    }

    @Test
    void ignoresInvalidCounts() {
        var report = tallied("<testsuites>%s</testsuites>".formatted("<testsuite failures='9999999'/>".repeat(1000)));

        assertThat(report.totals().failed()).isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "0.5; 0.5",
                "1,234.567; 1234.567",
                "1,234,567; 1234567",
                "0,123; 0.123",
                "12,5; 12.5",
                "1e-3; 0.001",
                ".5; 0.5"
            },
            delimiter = ';')
    void parsesDurationsAsToolsWriteThem(String text, double seconds) {
        assertThat(JUnitCase.seconds(text)).hasValue(seconds);
    }

    @ParameterizedTest
    @CsvSource({"''", "soon", "1:30", "NaN", "-1", "Infinity", "1e300"})
    void ignoresInvalidDurations(String text) {
        var report = read("<testsuite><testcase name='a' time='%s'/></testsuite>".formatted(text));
        assertThat(report.cases().getFirst().seconds()).isEmpty();
        assertThat(report.totals().seconds()).isZero();
    }

    @Test
    void placeOfAFailureIsKept() {
        var report = read("""
                <testsuite><testcase classname="tests.test_a" name="test"><failure message="assert 1 == 2">
                tests/test_a.py:7: AssertionError
                </failure></testcase>
                <testcase classname="tests.test_a" name="fine" file="tests/test_a.py" line="9"/></testsuite>
                """);
        assertThat(report.cases())
                .extracting(TestCase::failedAt)
                .containsExactly(Optional.of(new SourceLine("tests/test_a.py", 7)), Optional.empty());
        assertThat(TestSummaryFactory.of(report).failures())
                .singleElement()
                .returns("tests/test_a.py", TestSummary.Failure::file)
                .returns(7, TestSummary.Failure::line);
    }

    private static TestCase passed(String classname, String name, double seconds, boolean flaky) {
        return TestCaseBuilder.builder()
                .classname(classname)
                .name(name)
                .file("")
                .seconds(OptionalDouble.of(seconds))
                .outcome(Outcome.Passed)
                .flaky(flaky)
                .message("")
                .details("")
                .failedAt(Optional.empty())
                .build();
    }

    private static TestReport read(String xml) {
        var report = tallied(xml);
        assertThat(report.problems()).isEmpty();
        return report;
    }

    private static TestReport tallied(String xml) {
        var tally = new TestTally();
        new JUnitXml().read("reports/a.xml", xml.getBytes(StandardCharsets.UTF_8), tally);
        return tally.report();
    }
}
