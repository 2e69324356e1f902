package dev.hearth.core.plan;

import dev.hearth.core.ref.GitRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a plan depends on besides the spec.
 *
 * @param run name of the run
 * @param matrices legs that have been computed while the run went, by task
 */
public record PlanContext(GitRef ref, String commit, String run, Map<String, List<Map<String, String>>> matrices) {

    public PlanContext {
        matrices = Map.copyOf(matrices);
    }

    /** For what does not depend on the run: its builds, and the tasks whose legs are listed. */
    public static PlanContext of(GitRef ref) {
        return new PlanContext(ref, "", "", Map.of());
    }

    /** Values of placeholders, for a leg. */
    Map<String, String> values(MatrixCell leg, int shards) {
        var values = new LinkedHashMap<String, String>();
        values.put("ref", ref.name());
        values.put(ref.kind().placeholder(), ref.label());
        values.put("commit", commit);
        values.put("run", run);
        if (shards > 0) {
            values.put("shard", leg.values().getOrDefault(MatrixCell.SHARD, ""));
            values.put("shards", String.valueOf(shards));
        }
        leg.values().forEach((key, value) -> values.put("matrix." + key, value));
        return values;
    }
}
