package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.testreport.TestCase;
import dev.hearth.core.testreport.TestReport;
import dev.hearth.core.testreport.TestTally;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and hostile files: each is reported as a problem and affects no other file. */
class HostileXmlTest {
    private static final String GOOD = "<testsuite><testcase classname='c' name='good'/></testsuite>";

    private final JUnitXml reader = new JUnitXml();
    private final TestTally tally = new TestTally();

    @Test
    void rejectsEntitiesThatMultiply() {
        var xml = new StringBuilder("<!DOCTYPE t [<!ENTITY l0 'lol'>");
        for (int i = 1; i < 20; i++) {
            xml.append(
                    "<!ENTITY l%d '%s'>".formatted(i, "&l%d;".formatted(i - 1).repeat(10)));
        }
        refused(xml + "]><testsuite><testcase name='&l19;'/></testsuite>", "has a document type");
    }

    @Test
    void rejectsAnEntityOfAFile(@TempDir Path folder) throws IOException {
        var secret = Files.writeString(folder.resolve("secret"), "hunter2");
        for (var kind : new String[] {"", "% "}) {
            var report = refused(
                    "<!DOCTYPE t [<!ENTITY %sx SYSTEM '%s'>]><testsuite><testcase name='a'><failure>&x;</failure></testcase></testsuite>"
                            .formatted(kind, secret.toUri()),
                    "has a document type");
            assertThat(report.toString()).doesNotContain("hunter2");
        }
    }

    @Test
    void rejectsADocumentTypeOnAnotherServer() {
        refused("<!DOCTYPE testsuite SYSTEM 'http://127.0.0.1:1/x.dtd'>" + GOOD, "has a document type");
    }

    @Test
    void rejectsAnUndeclaredEntity() {
        refused("<testsuite><testcase name='&secret;'/></testsuite>", "cannot be read as XML in line 1");
    }

    @Test
    void rejectsAnAttributeOfFiftyMegabytes() {
        refused("<testsuite><testcase name='" + "x".repeat(50 << 20) + "'/></testsuite>", "Maximum attribute size");
    }

    @Test
    void rejectsElementsTenThousandDeep() {
        refused("<testsuite>".repeat(10_000), "Maximum Element Depth");
        refused("<testsuite><testcase name='a'>" + "<x>".repeat(10_000), "Maximum Element Depth");
    }

    @Test
    void rejectsTooManyAttributes() {
        var xml = new StringBuilder("<testsuite><testcase ");
        for (int i = 0; i < 10_000; i++) {
            xml.append("a%d='' ".formatted(i));
        }
        refused(xml + "/></testsuite>", "Attribute limit");
    }

    @Test
    void doesNotKeepFiftyMegabytesOfText() {
        read("<testsuite><testcase name='a'><failure>" + "x".repeat(50 << 20) + "</failure></testcase></testsuite>");
        assertThat(tally.report().cases().getFirst().details()).hasSize(500);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not XML at all",
                "PK\u0003\u0004",
                "<testsuite><testcase name='a' name='b'/></testsuite>",
                "<testsuite><testcase name='\u0000'/></testsuite>",
                "<testsuite><testcase name='&#xD800;'/></testsuite>",
                "<?xml version='1.0' encoding='no-such'?><testsuite/>"
            })
    void rejectsTextThatIsNotXml(String content) {
        refused(content, "cannot be read as XML");
    }

    @Test
    void rejectsOtherXml() {
        refused("<html><testcase name='a'/></html>", "begins with <html>");
    }

    @Test
    void rejectsAWrongEncoding() {
        refused("<testsuite><testcase name='caf\u00e9'/></testsuite>", StandardCharsets.ISO_8859_1, "UTF-8");
        // A file that declares its encoding is read.
        read(
                "<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase name='caf\u00e9'/></testsuite>",
                StandardCharsets.ISO_8859_1);
        read("\ufeff<testsuite><testcase name='na\u00efve'/></testsuite>", StandardCharsets.UTF_16LE);
        assertThat(tally.report().cases()).extracting(TestCase::name).contains("caf\u00e9", "na\u00efve");
    }

    @Test
    void reportsAnEmptyFile() {
        refused("", "is empty");
    }

    @Test
    void countsTheTestsBeforeTheEndOfATruncatedFile() {
        read("<testsuite><testcase name='a'/><testcase name='b'/>\n<testcase name='c'><failure mess");
        assertThat(tally.report().cases()).extracting(TestCase::name).containsExactly("a", "b");
        assertThat(tally.report().problems())
                .singleElement()
                .asString()
                .startsWith("reports/a.xml cannot be read as XML in line 2: ");
    }

    private TestReport refused(String xml, String why) {
        return refused(xml, StandardCharsets.UTF_8, why);
    }

    private TestReport refused(String xml, Charset encoding, String why) {
        var before = tally.report();
        read(xml, encoding);
        read(GOOD);
        var report = tally.report();
        assertThat(report.cases())
                .hasSize(before.cases().size() + 1)
                .last()
                .extracting(TestCase::id)
                .isEqualTo("c.good");
        assertThat(report.problems()).hasSize(before.problems().size() + 1);
        assertThat(report.problems().getLast()).startsWith("reports/a.xml ").contains(why);
        return report;
    }

    private void read(String xml) {
        read(xml, StandardCharsets.UTF_8);
    }

    private void read(String xml, Charset encoding) {
        reader.read("reports/a.xml", xml.getBytes(encoding), tally);
    }
}
