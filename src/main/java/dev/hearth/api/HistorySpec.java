package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How many finished runs are kept, with their logs, reports and artifacts. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record HistorySpec(
        @Default("50")
        @Min(1)
        @Max(1000)
        @JsonPropertyDescription(
                "Finished runs that are kept of each group, the newest of each ref first. Runs of trusted branches, of"
                        + " trusted tags, of other refs, and runs that ended before their ref's trust was known are a"
                        + " group each. As many failed runs of trusted refs are kept besides.")
        int keep,

        @Default("30d")
        @Pattern(SchemaPatterns.RETENTION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NOT_KEPT)
        @JsonPropertyDescription("How long a finished run is kept, such as 7d or 12h.")
        String keepFor) {

    /** Of a pipeline that says nothing. */
    public static final HistorySpec DEFAULT = new HistorySpec(50, "30d");

    public HistorySpec {
        keep = keep == 0 ? 50 : keep;
        keepFor = orElse(keepFor, "30d");
    }
}
