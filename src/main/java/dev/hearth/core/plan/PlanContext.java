package dev.hearth.core.plan;

import dev.hearth.core.ref.GitRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a plan depends on besides the spec.
 *
 * @param run name of the run
 * @param matrices cells of computed matrices, by task
 */
public record PlanContext(GitRef ref, String commit, String run, Map<String, List<Map<String, String>>> matrices) {

    public PlanContext {
        matrices = Map.copyOf(matrices);
    }

    /** Returns the context of a plan without the steps that depend on a run. */
    public static PlanContext of(GitRef ref) {
        return new PlanContext(ref, "", "", Map.of());
    }

    /** Returns the values of placeholders for a matrix cell. */
    Map<String, String> values(MatrixCell cell, int shards) {
        var values = new LinkedHashMap<String, String>();
        values.put("ref", ref.name());
        values.put(ref.kind().placeholder(), ref.label());
        values.put("commit", commit);
        values.put("run", run);
        if (shards > 0) {
            values.put("shard", cell.values().getOrDefault(MatrixCell.SHARD, ""));
            values.put("shards", String.valueOf(shards));
        }
        cell.values().forEach((key, value) -> values.put("matrix." + key, value));
        return values;
    }
}
