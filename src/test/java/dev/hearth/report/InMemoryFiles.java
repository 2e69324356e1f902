package dev.hearth.report;

import java.util.ArrayList;
import java.util.List;

/** Keeps in memory what a log of report files holds. */
public record InMemoryFiles(List<CollectedFile> kept, List<SkippedFile> omitted) implements CollectorLog.Sink {

    public InMemoryFiles() {
        this(new ArrayList<>(), new ArrayList<>());
    }

    @Override
    public void accept(CollectedFile file) {
        kept.add(file);
    }

    @Override
    public void leftOut(SkippedFile file) {
        omitted.add(file);
    }
}
