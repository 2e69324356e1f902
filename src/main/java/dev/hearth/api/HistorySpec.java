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
import org.jspecify.annotations.Nullable;

/** How many finished runs are kept, with their logs, reports and artifacts. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record HistorySpec(
        @Default("50")
        @Min(1)
        @Max(1000)
        @JsonPropertyDescription(
                "Number of finished runs that are kept in each group, starting with the newest run of each"
                        + " ref. There are four groups: runs of trusted branches, of trusted tags, of other refs, and"
                        + " runs that ended before the trust of their ref was known. The same number of failed runs of"
                        + " trusted refs is kept in addition.")
        int keep,

        @Default("30d")
        @Pattern(SchemaPatterns.RETENTION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NOT_KEPT)
        @JsonPropertyDescription(
                "How long a finished run is kept, such as 7d or 12h. The newest run of each trusted ref that succeeded is kept"
                        + " for longer, for as many refs as keep says.")
        String keepFor,

        @io.fabric8.generator.annotation.Nullable
        @Pattern(SchemaPatterns.RETENTION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NOT_KEPT)
        @JsonPropertyDescription("How long a failed run is kept. By default as long as others.")
        @Nullable
        String keepFailedFor) {

    /** The default: 50 runs of each group, for 30 days. */
    public static final HistorySpec DEFAULT = new HistorySpec(50, "30d", null);

    public HistorySpec {
        keep = keep == 0 ? 50 : keep;
        keepFor = orElse(keepFor, "30d");
    }
}
