package dev.hearth.report;

import dev.hearth.core.testreport.TestCase;
import dev.hearth.core.testreport.TestCase.Outcome;
import dev.hearth.core.testreport.TestCaseBuilder;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/** Reads one test case. The XML reader must be at the start of its element and is at its end afterwards. */
final class JUnitCase {
    private static final Set<String> SKIPPED = Set.of("skipped", "suppressed");

    /** More than a {@link TestCase} keeps. */
    private static final int LONGEST_TEXT = 8192;

    private static final Pattern THOUSANDS = Pattern.compile("[1-9]\\d{0,2}(,\\d{3})+(\\.\\d+)?");

    private final XMLStreamReader xml;
    private final StringBuilder text = new StringBuilder();
    private @Nullable Outcome outcome;
    private boolean repeated;
    private String message = "";
    private String type = "";

    JUnitCase(XMLStreamReader xml) {
        this.xml = xml;
    }

    /**
     * Reads the test case.
     *
     * @param locate whether to look for the line at which it failed
     */
    TestCase read(boolean locate) throws XMLStreamException {
        var classname = attribute("classname");
        var name = attribute("name");
        var file = attribute("file");
        var line = attribute("line");
        var seconds = seconds(attribute("time"));
        if (attribute("status").equals("notrun") || SKIPPED.contains(attribute("result"))) {
            outcome = Outcome.Skipped; // GoogleTest
        }
        children();
        var ended = outcome == null ? Outcome.Passed : outcome;
        var details = ended.isBad() ? text.toString() : "";
        return TestCaseBuilder.builder()
                .classname(classname)
                .name(name)
                .file(file)
                .seconds(seconds)
                .outcome(ended)
                .flaky(repeated && ended == Outcome.Passed)
                .message(message(details))
                .details(details)
                .failedAt(locate && ended.isBad() ? FailedLineFinder.find(file, line, details) : Optional.empty())
                .build();
    }

    /** Reads a failure directly in a suite, as that of a test with the suite's name. */
    TestCase readFailureOf(String suite) throws XMLStreamException {
        var how = xml.getLocalName().equals("error") ? Outcome.Error : Outcome.Failed;
        failed(how);
        var details = text.toString();
        return TestCaseBuilder.builder()
                .classname("")
                .name(suite)
                .file("")
                .seconds(OptionalDouble.empty())
                .outcome(how)
                .flaky(false)
                .message(message(details))
                .details(details)
                .failedAt(Optional.empty())
                .build();
    }

    private void children() throws XMLStreamException {
        for (var event = xml.next(); event != XMLStreamConstants.END_ELEMENT; event = xml.next()) {
            if (event == XMLStreamConstants.START_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "failure" -> failed(Outcome.Failed);
                    case "error" -> failed(Outcome.Error);
                    case "skipped" -> {
                        outcome = outcome == null ? Outcome.Skipped : outcome;
                        skip(false);
                    }
                    // Surefire, cargo-nextest and Playwright: the test failed like this before it passed.
                    case "flakyFailure", "flakyError" -> {
                        repeated = true;
                        skip(false);
                    }
                    // Output, properties, and failures after the first, which follow a <failure>.
                    default -> skip(false);
                }
            }
        }
    }

    /** Keeps the first of several failures. */
    private void failed(Outcome how) throws XMLStreamException {
        var first = outcome == null || !outcome.isBad();
        if (first) {
            outcome = how;
            message = attribute("message");
            type = attribute("type");
        }
        skip(first);
    }

    /** Reads to the end of this element. */
    private void skip(boolean keepText) throws XMLStreamException {
        for (int depth = 1; depth > 0; ) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> depth++;
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (keepText && text.length() < LONGEST_TEXT) {
                        text.append(
                                xml.getTextCharacters(),
                                xml.getTextStart(),
                                Math.min(xml.getTextLength(), LONGEST_TEXT - text.length()));
                    }
                }
                default -> {}
            }
        }
    }

    /** Returns the message attribute, or else the first line of the text: some tools write no attribute. */
    private String message(String details) {
        if (!message.isBlank()) {
            return message;
        }
        return details.lines().filter(line -> !line.isBlank()).findFirst().orElse(type);
    }

    private String attribute(String name) {
        return attribute(xml, name);
    }

    /** Returns an attribute of the current element; an empty text if it is missing. */
    static String attribute(XMLStreamReader xml, String name) {
        var value = xml.getAttributeValue(null, name);
        return value == null ? "" : value;
    }

    /** Parses a duration: Surefire writes 1,234.5, and some tools write 0,123 depending on the locale. */
    static OptionalDouble seconds(String text) {
        var number = THOUSANDS.matcher(text).matches() ? text.replace(",", "") : text.replace(',', '.');
        try {
            return OptionalDouble.of(Double.parseDouble(number));
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }
}
