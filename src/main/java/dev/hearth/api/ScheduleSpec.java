package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** Times at which the newest commit of a branch runs, whether it has changed or not. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record ScheduleSpec(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @Pattern(SchemaPatterns.NAME)
        @JsonPropertyDescription("Name of the schedule.")
        String name,

        @Required
        @Size(max = 100)
        @Pattern(SchemaPatterns.CRON)
        @JsonPropertyDescription(
                "Minute, hour, day of the month, month and day of the week, as cron writes them: 30 3 * * 1-5 is half past"
                        + " three from Monday to Friday.")
        String cron,

        @Default("UTC")
        @Size(max = 64)
        @Pattern(SchemaPatterns.TIME_ZONE)
        @JsonPropertyDescription("Time zone of the schedule, such as Europe/Berlin. By default UTC.")
        String timeZone,

        @io.fabric8.generator.annotation.Nullable
        @Size(min = 1, max = 255)
        @JsonPropertyDescription("Branch that is run. By default the default branch.")
        @Nullable
        String branch) {

    public ScheduleSpec {
        timeZone = orElse(timeZone, "UTC");
    }
}
