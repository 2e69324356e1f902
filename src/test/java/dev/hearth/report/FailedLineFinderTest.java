package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.testreport.SourceLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines of failures in the variants of the tools that write reports. */
class FailedLineFinderTest {
    @ParameterizedTest
    @CsvSource({
        // pytest with junit_family=xunit1: the line of the test is an attribute, that of the failure is in the text
        "tests/test_a.py, 3, 'def test():\n>   assert 1 == 2\n\ntests/test_a.py:7: AssertionError', tests/test_a.py, 7",
        // pytest by default
        "'', '', 'def test():\n>   assert 1 == 2\n\ntests/test_a.py:7: AssertionError', tests/test_a.py, 7",
        // Python's unittest
        "pkg/test_b.py, '', 'File \"/src/pkg/test_b.py\", line 12, in test', pkg/test_b.py, 12",
        // jest-junit with addFileAttribute
        "src/a.test.js, '', 'Error: x\n at Object.<anonymous> (/app/src/a.test.js:5:17)', src/a.test.js, 5",
        // Catch2, Mocha
        "./src/a.cpp, 9, '', src/a.cpp, 9",
        // .NET
        "src/A.cs, '', 'at A.Test() in src/A.cs(31)', src/A.cs, 31"
    })
    void lineIsFound(String file, String line, String details, String foundFile, int found) {
        assertThat(FailedLineFinder.find(file, line, details.translateEscapes()))
                .contains(new SourceLine(foundFile, found));
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', 'at org.acme.OneTest.fails(OneTest.java:7)'",
        "'', '', 'main_test.go:12: want 1'",
        "'', '12', ''",
        "/abs/tests/FooTest.php, 12, '/abs/tests/FooTest.php:12'",
        "../../etc/passwd, 1, ''",
        "a/../../b, 1, ''",
        "a\\b, 1, ''",
        "a.py, 0, ''",
        "a.py, -1, ''",
        "a.py, 99999999999, ''",
        "a.py, '', 'a.py:99999999999'",
        "'', '', '../a/b.py:12: x'"
    })
    void otherPlacesAreNone(String file, String line, String details) {
        assertThat(FailedLineFinder.find(file, line, details.translateEscapes()))
                .isEmpty();
    }

    @Test
    void hugeTextsAreReadInLinearTime() {
        assertThat(FailedLineFinder.find("a", "", "a".repeat(8192))).isEmpty();
        assertThat(FailedLineFinder.find("a", "", "a ".repeat(19) + "a:7")).contains(new SourceLine("a", 7));
        assertThat(FailedLineFinder.find("a", "", "a ".repeat(20) + "a:7"))
                .as("a report does not decide how long it takes")
                .isEmpty();
        assertThat(FailedLineFinder.find("a".repeat(201), "1", "")).isEmpty();
        assertThat(FailedLineFinder.find("", "", "a/".repeat(4096) + ":1")).isEmpty();
    }
}
