package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** State of a schedule. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record ScheduleStatus(
        @JsonPropertyDescription("Name of the schedule.") String name,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("Until when the schedule has been carried out.")
        String until,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When it runs next.")
        @Nullable
        String next,

        @JsonPropertyDescription("The last run that it has started.") @Nullable
        String lastRun) {}
