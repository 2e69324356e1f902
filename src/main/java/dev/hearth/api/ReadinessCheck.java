package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** How to see that a service is ready. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "(has(self.tcp) ? 1 : 0) + (has(self.http) ? 1 : 0) + (size(self.command) > 0 ? 1 : 0) <= 1",
        message = "a service is ready by one of tcp, http or command: remove the others")
public record ReadinessCheck(
        @Nullable
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription("Port that takes connections at the pod's address, not at localhost alone.")
        @org.jspecify.annotations.Nullable
        Integer tcp,

        @Nullable
        @JsonPropertyDescription("Page that answers with a status below 400.")
        @org.jspecify.annotations.Nullable
        Http http,

        @Default("[]") @Size(max = 16) @JsonPropertyDescription("Command in the service's container that exits with 0.")
        List<@Size(max = SchemaPatterns.TEXT_LENGTH) String> command,

        @Default("1m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("How long that may take.")
        String within) {

    static final ReadinessCheck AT_ONCE = new ReadinessCheck(null, null, List.of(), "1m");

    /** A page. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Http(
            @Min(1) @Max(65535) @JsonPropertyDescription("Port at the pod's address.")
            int port,

            @Default("/") @Size(max = 256) @JsonPropertyDescription("Path of the page.")
            String path) {

        public Http {
            path = orElse(path, "/");
        }
    }

    public ReadinessCheck {
        command = List.copyOf(orElse(command, List.of()));
        within = orElse(within, "1m");
    }
}
