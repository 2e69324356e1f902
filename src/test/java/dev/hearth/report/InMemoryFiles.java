package dev.hearth.report;

import java.util.ArrayList;
import java.util.List;

/** Collects the files of a log in memory. */
public record InMemoryFiles(List<CollectedFile> collected, List<SkippedFile> omitted) implements CollectorLog.Sink {

    public InMemoryFiles() {
        this(new ArrayList<>(), new ArrayList<>());
    }

    @Override
    public void accept(CollectedFile file) {
        collected.add(file);
    }

    @Override
    public void leftOut(SkippedFile file) {
        omitted.add(file);
    }
}
