package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What BuildKit did in a solve.
 *
 * @param platform such as {@code linux/amd64}; null if none was asked for
 * @param steps in the order in which BuildKit named them first
 * @param omitted number of steps that were left out because there were too many
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record BuildTrace(
        @JsonProperty(required = true) int version,
        @Nullable String platform,
        @JsonInclude List<Step> steps,
        List<Warning> warnings,
        int omitted) {

    /** The version of traces that the operator reads. */
    public static final int VERSION = 1;

    public BuildTrace {
        steps = steps == null ? List.of() : List.copyOf(steps);
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
    }

    /** Returns this trace with another form of each of its texts. */
    public BuildTrace with(UnaryOperator<String> form) {
        return new BuildTrace(
                version,
                of(platform, form),
                steps.stream().map(step -> step.with(form)).toList(),
                warnings.stream().map(warning -> warning.with(form)).toList(),
                omitted);
    }

    private static @Nullable String of(@Nullable String text, UnaryOperator<String> form) {
        return text == null ? null : form.apply(text);
    }

    /**
     * An instruction of the Dockerfile, or something that BuildKit does for itself. Times are in RFC 3339.
     *
     * @param inputs digests of the steps that it builds on
     * @param lines null if BuildKit names none
     * @param started when the step first started; null if it never did
     * @param completed when it last ended; null if it was running at the end
     */
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    public record Step(
            @JsonInclude String digest,
            List<String> inputs,
            @JsonInclude String name,
            @Nullable Lines lines,
            boolean cached,
            @Nullable String started,
            @Nullable String completed,
            @Nullable String error,
            List<Transfer> transfers) {

        public Step {
            Objects.requireNonNull(digest);
            Objects.requireNonNull(name);
            inputs = inputs == null ? List.of() : List.copyOf(inputs);
            transfers = transfers == null ? List.of() : List.copyOf(transfers);
        }

        private Step with(UnaryOperator<String> form) {
            return new Step(
                    form.apply(digest),
                    inputs.stream().map(form).toList(),
                    form.apply(name),
                    lines,
                    cached,
                    of(started, form),
                    of(completed, form),
                    of(error, form),
                    transfers.stream()
                            .map(it -> new Transfer(form.apply(it.name()), it.bytes(), it.total()))
                            .toList());
        }
    }

    /** Lines of the Dockerfile, the first and the last included. They count from 1. */
    public record Lines(int first, int last) {}

    /**
     * A part of a step of which BuildKit counts the bytes, such as a layer that is pushed.
     *
     * @param total 0 if BuildKit does not say how much there is
     */
    public record Transfer(
            String name,
            long bytes,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) long total) {
        public Transfer {
            Objects.requireNonNull(name);
        }
    }

    /**
     * What BuildKit warns of.
     *
     * @param step digest of the step that the warning is about
     */
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    public record Warning(
            @JsonInclude String step,
            @JsonInclude String text,
            @Nullable String url,
            @Nullable Lines lines) {
        public Warning {
            Objects.requireNonNull(step);
            Objects.requireNonNull(text);
        }

        private Warning with(UnaryOperator<String> form) {
            return new Warning(form.apply(step), form.apply(text), of(url, form), lines);
        }
    }
}
