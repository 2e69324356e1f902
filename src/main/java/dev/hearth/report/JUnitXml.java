package dev.hearth.report;

import com.ctc.wstx.api.WstxInputProperties;
import com.ctc.wstx.stax.WstxInputFactory;
import dev.hearth.core.testreport.TestCase;
import dev.hearth.core.testreport.TestTally;
import java.io.ByteArrayInputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.codehaus.stax2.XMLInputFactory2;

/**
 * Reads JUnit's XML format in the variants that tools write: test cases at any depth of suites, failures of whole suites,
 * and failures that a suite counts without listing them. It reads within limits and rejects document types and entities.
 * Safe for use by several threads.
 */
public final class JUnitXml {
    private static final Set<String> SUITES = Set.of("testsuites", "testsuite");
    private static final Set<String> FAILURES = Set.of("failure", "error");
    private static final int DEEPEST = 100;
    private static final int MOST_ATTRIBUTES = 100;
    /** Failure messages are attributes and can be long. */
    private static final int LONGEST_ATTRIBUTE = 1 << 20;

    private final XMLInputFactory factory = new WstxInputFactory();

    public JUnitXml() {
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        // Read long output in parts, and report errors where they occur.
        factory.setProperty(XMLInputFactory.IS_COALESCING, false);
        factory.setProperty(XMLInputFactory2.P_LAZY_PARSING, false);
        // &#27; is not valid XML 1.0, but tools write it for terminal colours.
        factory.setProperty(WstxInputProperties.P_ALLOW_XML11_ESCAPED_CHARS_IN_XML10, true);
        factory.setProperty(WstxInputProperties.P_MAX_ELEMENT_DEPTH, DEEPEST);
        factory.setProperty(WstxInputProperties.P_MAX_ATTRIBUTES_PER_ELEMENT, MOST_ATTRIBUTES);
        factory.setProperty(WstxInputProperties.P_MAX_ATTRIBUTE_SIZE, LONGEST_ATTRIBUTE);
    }

    /** Adds a file's tests, or its problem. If the file ends too early, the tests before that count. */
    public void read(String path, byte[] content, TestTally tally) {
        if (content.length == 0) {
            tally.problem(path + " is empty");
            return;
        }
        try {
            var xml = factory.createXMLStreamReader(new ByteArrayInputStream(content));
            try {
                read(path, xml, tally);
            } finally {
                xml.close();
            }
        } catch (XMLStreamException e) {
            tally.problem(path + " cannot be read as XML" + where(e) + ": " + why(e));
        }
    }

    private static void read(String path, XMLStreamReader xml, TestTally tally) throws XMLStreamException {
        var suites = new ArrayDeque<JUnitSuite>();
        var open = new ArrayDeque<String>();
        while (xml.hasNext()) {
            switch (xml.next()) {
                case XMLStreamConstants.DTD -> {
                    tally.problem(path + " has a document type, which is not allowed in reports");
                    return;
                }
                case XMLStreamConstants.START_ELEMENT -> {
                    var element = xml.getLocalName();
                    if (open.isEmpty() && !SUITES.contains(element)) {
                        tally.problem(path + " is not a JUnit report: it begins with <" + element
                                + ">, not with <testsuites> or <testsuite>");
                        return;
                    }
                    if (SUITES.contains(element)) {
                        suites.push(suite(xml));
                        open.push(element);
                    } else {
                        test(element, open.element(), suites.element(), xml, tally)
                                .ifPresentOrElse(
                                        test -> {
                                            tally.add(test);
                                            suites.element().add(test);
                                        },
                                        () -> open.push(element));
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    if (SUITES.contains(open.pop())) {
                        end(path, suites, tally);
                    }
                }
                default -> {}
            }
        }
    }

    private static JUnitSuite suite(XMLStreamReader xml) {
        return new JUnitSuite(
                JUnitCase.attribute(xml, "name"),
                JUnitCase.attribute(xml, "tests"),
                JUnitCase.attribute(xml, "failures"),
                JUnitCase.attribute(xml, "errors"));
    }

    /** Reads a test case, or the failure of a whole suite, to its end. Empty for other elements. */
    private static Optional<TestCase> test(
            String element, String parent, JUnitSuite suite, XMLStreamReader xml, TestTally tally)
            throws XMLStreamException {
        if (element.equals("testcase")) {
            return Optional.of(new JUnitCase(xml).read(tally.keepsFailures()));
        }
        return FAILURES.contains(element) && SUITES.contains(parent)
                ? Optional.of(new JUnitCase(xml).readFailureOf(suite.name()))
                : Optional.empty();
    }

    private static void end(String path, Deque<JUnitSuite> suites, TestTally tally) {
        var suite = suites.pop();
        suite.gap().ifPresent(gap -> {
            tally.problem(path + ": " + gap);
            tally.addUnlisted(suite.unlistedFailures(), suite.name(), gap);
        });
        if (!suites.isEmpty()) {
            suites.element().add(suite);
        }
    }

    private static String where(XMLStreamException e) {
        return e.getLocation() == null || e.getLocation().getLineNumber() < 1
                ? ""
                : " in line " + e.getLocation().getLineNumber();
    }

    private static String why(XMLStreamException e) {
        return Objects.requireNonNullElse(e.getMessage(), "no reason given")
                .lines()
                .findFirst()
                .orElse("");
    }
}
