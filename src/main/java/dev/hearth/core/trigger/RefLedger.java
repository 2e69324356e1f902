package dev.hearth.core.trigger;

import dev.hearth.core.ref.GitRef;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The refs that a pipeline has dealt with, each at its commit: what is in it starts no run again, even when the run is
 * long deleted. A group that is missing has not been looked at.
 */
public record RefLedger(Map<RefGroup, Fingerprints> groups) {
    public static final RefLedger EMPTY = new RefLedger(Map.of());

    public RefLedger {
        groups = Map.copyOf(groups);
    }

    public Optional<Fingerprints> group(RefGroup group) {
        return Optional.ofNullable(groups.get(group));
    }

    /** Collects refs. A group of which none is added is missing. */
    public static final class Builder {
        private final Map<RefGroup, Fingerprints.Builder> groups = new EnumMap<>(RefGroup.class);

        /** Has a group there, even if none of its refs is added. */
        public Builder looked(RefGroup group) {
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

    /** The same with some refs not dealt with. */
    public RefLedger without(Iterable<RefChanges.Start> starts) {
        var builder = new Builder();
        starts.forEach(start -> builder.add(start.ref(), start.commit()));
        var less = new EnumMap<RefGroup, Fingerprints>(RefGroup.class);
        var left = builder.build();
        groups.forEach(
                (group, refs) -> less.put(group, refs.without(left.group(group).orElse(Fingerprints.NONE))));
        return new RefLedger(less);
    }

    public int size() {
        return groups.values().stream().mapToInt(Fingerprints::size).sum();
    }

    /** Reads the text that earlier versions kept: a line for each ref, with commit and name. */
    public static RefLedger ofLines(String text) {
        var builder = new Builder().looked(RefGroup.PUSHED);
        text.lines()
                .map(line -> line.split(" ", 2))
                .filter(parts -> parts.length == 2)
                .forEach(parts -> builder.add(GitRef.of(parts[1]), parts[0]));
        return builder.build();
    }
}
