package dev.hearth.controller.run.results;

import dev.hearth.api.TestSummary;
import dev.hearth.core.testreport.TestDurations;
import dev.hearth.core.testreport.TestSummaryFactory;
import dev.hearth.core.testreport.TestTally;
import dev.hearth.report.CollectedFile;
import dev.hearth.report.CollectorLog;
import dev.hearth.report.DurationsFile;
import dev.hearth.report.JUnitXml;
import dev.hearth.report.SkippedFile;
import dev.hearth.results.ResultStore;
import dev.hearth.results.ResultsFull;
import dev.hearth.results.RunId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Stores the report files of one step, and counts the tests of JUnit reports among them. */
public final class ReportFileCollector implements CollectorLog.Sink {
    /** Name of the note of a step that has the durations of its tests. */
    public static final String DURATIONS = "durations";

    private static final Logger LOG = Logger.getLogger(ReportFileCollector.class);

    private final ResultStore store;
    private final JUnitXml junit;
    private final RunId run;
    private final String step;
    private final TestTally tally = new TestTally();
    private final List<String> leftOut = new ArrayList<>();
    private boolean tested;
    private boolean full;

    ReportFileCollector(ResultStore store, JUnitXml junit, RunId run, String step) {
        this.store = store;
        this.junit = junit;
        this.run = run;
        this.step = step;
    }

    @Override
    public void accept(CollectedFile file) throws IOException {
        if (file.junit()) {
            tested = true;
            junit.read(file.path(), file.content(), tally);
        }
        full |= !isStored(file);
    }

    /** Reports a file that was left out. A JUnit report that was not read must not count as passed. */
    @Override
    public void leftOut(SkippedFile file) {
        leftOut.add(file.problem());
        if (file.junit()) {
            tested = true;
            tally.problem(file.problem());
        }
    }

    /** Returns the results of all JUnit reports, and stores the durations. Empty if there was no JUnit report. */
    Optional<TestSummary> tests() throws IOException {
        if (!tested) {
            return Optional.empty();
        }
        var report = tally.report();
        store.keepNote(run, step, DURATIONS, DurationsFile.write(TestDurations.of(List.of(report))));
        return Optional.of(TestSummaryFactory.of(report));
    }

    /**
     * Returns why files are missing.
     *
     * @param lost problems of files that did not arrive
     */
    List<String> problems(List<String> lost) {
        return Stream.of(full ? List.of("not all report files could be stored") : lost, leftOut)
                .flatMap(List::stream)
                .toList();
    }

    /** Stores a file. Returns false if that fails; the test results of the file count all the same. */
    private boolean isStored(CollectedFile file) {
        try {
            store.keepFile(run, step, file.path(), new ByteArrayInputStream(file.content()));
            return true;
        } catch (ResultsFull e) {
            return false;
        } catch (IOException e) {
            LOG.warnf("a report file of run %s/%s was not stored: %s", run.namespace(), run.name(), e);
            return false;
        }
    }
}
