package dev.hearth.report;

import com.ctc.wstx.api.WstxInputProperties;
import com.ctc.wstx.stax.WstxInputFactory;
import dev.hearth.core.tests.TestTally;
import java.io.ByteArrayInputStream;
import java.util.Objects;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.codehaus.stax2.XMLInputFactory2;

/**
 * Reads JUnit's XML format as the many tools that write it do: test cases at any depth of suites. It reads a stream within
 * limits, and takes neither a document type nor entities. May be used by many threads.
 */
public final class JUnitXml {
    private static final Set<String> ROOTS = Set.of("testsuites", "testsuite");
    private static final int DEEPEST = 100;
    private static final int MOST_ATTRIBUTES = 100;
    /** Messages are attributes, and may be long. */
    private static final int LONGEST_ATTRIBUTE = 1 << 20;

    private final XMLInputFactory factory = new WstxInputFactory();

    public JUnitXml() {
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        // Long output in parts, and errors when they are met.
        factory.setProperty(XMLInputFactory.IS_COALESCING, false);
        factory.setProperty(XMLInputFactory2.P_LAZY_PARSING, false);
        // &#27; is no XML, yet tools write it for a terminal's colours.
        factory.setProperty(WstxInputProperties.P_ALLOW_XML11_ESCAPED_CHARS_IN_XML10, true);
        factory.setProperty(WstxInputProperties.P_MAX_ELEMENT_DEPTH, DEEPEST);
        factory.setProperty(WstxInputProperties.P_MAX_ATTRIBUTES_PER_ELEMENT, MOST_ATTRIBUTES);
        factory.setProperty(WstxInputProperties.P_MAX_ATTRIBUTE_SIZE, LONGEST_ATTRIBUTE);
    }

    /** Adds a file's tests, or what is wrong with it; of a file that breaks off the tests until there count. */
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
        var root = true;
        while (xml.hasNext()) {
            var event = xml.next();
            if (event == XMLStreamConstants.DTD) {
                tally.problem(path + " has a document type, which no report needs and none may have");
                return;
            }
            if (event == XMLStreamConstants.START_ELEMENT) {
                if (root && !ROOTS.contains(xml.getLocalName())) {
                    tally.problem(path + " is no JUnit report: it begins with <" + xml.getLocalName()
                            + ">, not with <testsuites> or <testsuite>");
                    return;
                }
                root = false;
                if (xml.getLocalName().equals("testcase")) {
                    tally.add(new JUnitCase(xml).read());
                }
            }
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
