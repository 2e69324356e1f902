package dev.hearth.report;

import java.util.ArrayList;
import java.util.List;

/** Keeps in memory what a log of report files holds. */
public record CollectedFiles(List<KeptFile> kept, List<LeftOutFile> omitted) implements KeepLog.Sink {

    public CollectedFiles() {
        this(new ArrayList<>(), new ArrayList<>());
    }

    @Override
    public void accept(KeptFile file) {
        kept.add(file);
    }

    @Override
    public void leftOut(LeftOutFile file) {
        omitted.add(file);
    }
}
