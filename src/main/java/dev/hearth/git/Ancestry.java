package dev.hearth.git;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;

/** The fetched history of a commit: each ancestor with its distance in commits. */
final class Ancestry implements AutoCloseable {
    private final RevWalk walk;
    private final Set<ObjectId> cut;
    private final Map<RevCommit, Integer> ages = new HashMap<>();
    private final boolean isCut;

    Ancestry(CommitStore store, String commit) throws IOException {
        this.walk = new RevWalk(store);
        this.cut = store.getObjectDatabase().getShallowCommits();
        walk.assumeShallow(cut);
        walk.setRetainBody(false);
        var same = List.of(parse(commit));
        for (int age = 0; !same.isEmpty(); age++) {
            var older = new ArrayList<RevCommit>();
            for (RevCommit next : same) {
                if (ages.putIfAbsent(next, age) == null) {
                    walk.parseHeaders(next);
                    older.addAll(List.of(next.getParents()));
                }
            }
            same = older;
        }
        this.isCut = ages.keySet().stream().anyMatch(cut::contains);
    }

    /**
     * The nearest ancestor that a branch has in common with the commit.
     *
     * @param distance its distance from the commit; empty if the fetched history has none
     * @param mayBeNearer whether history that was not fetched could contain a nearer one
     */
    record Meeting(OptionalInt distance, boolean mayBeNearer) {}

    Meeting meet(String branch) throws IOException {
        var tip = parse(branch);
        var seen = new HashSet<RevCommit>(Set.of(tip));
        var waiting = new ArrayDeque<RevCommit>(seen);
        var nearest = OptionalInt.empty();
        var mayBeNearer = false;
        for (RevCommit next; (next = waiting.poll()) != null; ) {
            var age = ages.get(next);
            if (age != null) {
                nearest = OptionalInt.of(Math.min(age, nearest.orElse(age)));
            } else {
                mayBeNearer |= cut.contains(next);
            }
            for (RevCommit parent : next.getParents()) {
                if (seen.add(parent)) {
                    walk.parseHeaders(parent);
                    waiting.add(parent);
                }
            }
        }
        return new Meeting(nearest, mayBeNearer || (nearest.isEmpty() && isCut));
    }

    private RevCommit parse(String commit) throws IOException {
        return walk.parseCommit(ObjectId.fromString(commit));
    }

    @Override
    public void close() {
        walk.close();
    }
}
