package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How many runs of a pipeline are active at a time, and which are cancelled because their ref has moved on. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.groups.all(g, self.groups.exists_one(o, o.name == g.name))",
        fieldPath = ".groups",
        message = "two groups have the same name: give each its own name")
public record ConcurrencySpec(
        @Default("PullRequests")
        @JsonPropertyDescription(
                "Which runs are cancelled once their ref has moved to another commit or was deleted: those of"
                        + " PullRequests, of All refs, or None. Runs that users have created are never cancelled by it.")
        SupersededRuns cancelSuperseded,

        @io.fabric8.generator.annotation.Nullable
        @Min(1)
        @Max(1000)
        @JsonPropertyDescription(
                "How many runs of the pipeline may be active at a time. By default, and at most, as many as the operator's"
                        + " limits allow.")
        @Nullable
        Integer maxRuns,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Refs whose runs take turns, such as all tags that are deployed. A run belongs to the first group that selects"
                        + " its ref.")
        List<ConcurrencyGroup> groups) {

    /** The default: runs of pull requests are cancelled, and the operator's limits apply. */
    public static final ConcurrencySpec DEFAULT = new ConcurrencySpec(SupersededRuns.PullRequests, null, List.of());

    public ConcurrencySpec {
        cancelSuperseded = orElse(cancelSuperseded, SupersededRuns.PullRequests);
        groups = List.copyOf(orElse(groups, List.of()));
    }
}
