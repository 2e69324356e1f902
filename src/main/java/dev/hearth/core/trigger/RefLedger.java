package dev.hearth.core.trigger;

import dev.hearth.core.ref.GitRef;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The ref record of a pipeline: refs with the commits that have had a run. They start no other run, even after the run is
 * deleted. A group that was never listed is missing.
 */
public record RefLedger(Map<RefGroup, Fingerprints> groups) {
    public static final RefLedger EMPTY = new RefLedger(Map.of());

    public RefLedger {
        groups = Map.copyOf(groups);
    }

    public Optional<Fingerprints> group(RefGroup group) {
        return Optional.ofNullable(groups.get(group));
    }

    /** Builds a ref record. A group without refs is missing unless it is added by {@link #listed}. */
    public static final class Builder {
        private final Map<RefGroup, Fingerprints.Builder> groups = new EnumMap<>(RefGroup.class);

        /** Adds a group, even if none of its refs is added. */
        public Builder listed(RefGroup group) {
            groups.computeIfAbsent(group, _ -> new Fingerprints.Builder());
            return this;
        }

        public Builder add(GitRef ref, String commit) {
            groups.computeIfAbsent(RefGroup.of(ref), _ -> new Fingerprints.Builder())
                    .add(ref.name(), commit);
            return this;
        }

        public RefLedger build() {
            var built = new EnumMap<RefGroup, Fingerprints>(RefGroup.class);
            groups.forEach((group, refs) -> built.put(group, refs.build()));
            return new RefLedger(built);
        }
    }

    /** Returns the record without some refs, which start runs again. */
    public RefLedger without(Iterable<RefChanges.Start> starts) {
        var builder = new Builder();
        starts.forEach(start -> builder.add(start.ref(), start.commit()));
        var remaining = new EnumMap<RefGroup, Fingerprints>(RefGroup.class);
        var removed = builder.build();
        groups.forEach((group, refs) ->
                remaining.put(group, refs.without(removed.group(group).orElse(Fingerprints.NONE))));
        return new RefLedger(remaining);
    }

    public int size() {
        return groups.values().stream().mapToInt(Fingerprints::size).sum();
    }

    /** Reads the ref record of earlier versions: a line with commit and name for each ref. */
    public static RefLedger ofLines(String text) {
        var builder = new Builder().listed(RefGroup.PUSHED);
        text.lines()
                .map(line -> line.split(" ", 2))
                .filter(parts -> parts.length == 2)
                .forEach(parts -> builder.add(GitRef.of(parts[1]), parts[0]));
        return builder.build();
    }
}
