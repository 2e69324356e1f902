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

/** The check that a service is ready. Without a port, request or command the service is ready once it has started. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "(has(self.tcp) ? 1 : 0) + (has(self.http) ? 1 : 0) + (size(self.command) > 0 ? 1 : 0) <= 1",
        message = "a service has one readiness check, which is tcp, http or command: remove the others")
public record ReadinessCheck(
        @Nullable
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription("Port that must accept connections at the pod's address, not only at localhost.")
        @org.jspecify.annotations.Nullable
        Integer tcp,

        @Nullable
        @JsonPropertyDescription("HTTP request that must be answered with a status below 400.")
        @org.jspecify.annotations.Nullable
        Http http,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Command that must exit with 0 in the service's container.")
        List<@Size(max = SchemaPatterns.TEXT_LENGTH) String> command,

        @Default("1m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("How long the service may take to become ready.")
        String within)
        implements ReadinessCheckBuilder.With {

    static final ReadinessCheck AT_ONCE =
            ReadinessCheckBuilder.builder().within("1m").build();

    /** An HTTP request. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Http(
            @Min(1) @Max(65535) @JsonPropertyDescription("Port of the request, at the pod's address.")
            int port,

            @Default("/") @Size(max = 256) @JsonPropertyDescription("Path of the request.")
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
