package dev.hearth.core.validation;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.CacheSpec;
import dev.hearth.api.DefinitionSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.SecretVariable;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.text.Durations;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The limits that a pipeline sets for its definition. Whoever may push to the repository writes the definition, and only
 * whoever may edit the pipeline says what that may be: a definition narrows the pipeline, and never widens it.
 *
 * @param pipeline the spec of the pipeline, with its definition
 */
public record DefinitionLimits(PipelineSpec pipeline, DefinitionSpec definition) {
    private static final String BELOW = "/*";

    /** Returns where a spec with the fields of the definition goes beyond the pipeline, in the order of its fields. */
    public List<FieldMistake> exceededBy(PipelineSpec spec) {
        return Stream.of(
                        foreign(spec).stream(),
                        duration("timeout", spec.timeout(), pipeline.timeout()).stream(),
                        duration("pendingTimeout", spec.pendingTimeout(), pipeline.pendingTimeout()).stream(),
                        retries(spec).stream(),
                        IntStream.range(0, spec.builds().size())
                                .boxed()
                                .flatMap(at -> build(
                                        "spec.builds[" + at + "].push",
                                        spec.builds().get(at))),
                        IntStream.range(0, spec.tasks().size())
                                .boxed()
                                .flatMap(at -> task(
                                        "spec.tasks[" + at + "].secrets",
                                        spec.tasks().get(at))))
                .flatMap(mistakes -> mistakes)
                .toList();
    }

    /** Nothing else can differ, unless an admission webhook has changed the spec. */
    private Optional<FieldMistake> foreign(PipelineSpec spec) {
        var expected = pipeline.with()
                .definition(null)
                .timeout(spec.timeout())
                .pendingTimeout(spec.pendingTimeout())
                .infrastructureRetries(spec.infrastructureRetries())
                .builds(spec.builds())
                .tasks(spec.tasks())
                .cache(new CacheSpec(
                        pipeline.cache().policy(),
                        pipeline.cache().imports(),
                        spec.cache().recipe()))
                .build();
        return expected.equals(spec)
                ? Optional.empty()
                : Optional.of(new FieldMistake(
                        "spec",
                        "the API server has changed fields of the pipeline: look for a mutating admission webhook"));
    }

    private static Optional<FieldMistake> duration(String field, String wanted, String most) {
        return Durations.parse(wanted).compareTo(Durations.parse(most)) <= 0
                ? Optional.empty()
                : Optional.of(new FieldMistake(
                        "spec." + field,
                        wanted + " is longer than spec." + field + " of the pipeline: write " + most + " or less"));
    }

    private Optional<FieldMistake> retries(PipelineSpec spec) {
        return spec.infrastructureRetries() <= pipeline.infrastructureRetries()
                ? Optional.empty()
                : Optional.of(new FieldMistake(
                        "spec.infrastructureRetries",
                        spec.infrastructureRetries()
                                + " is more than spec.infrastructureRetries of the pipeline: write "
                                + pipeline.infrastructureRetries() + " or less"));
    }

    private Stream<FieldMistake> build(String field, BuildSpec build) {
        PushSpec push = build.push();
        if (push == null) {
            return Stream.empty();
        }
        var target = definition.pushTo().stream().anyMatch(allowed -> covers(allowed, push.repository()))
                ? Stream.<FieldMistake>empty()
                : Stream.of(new FieldMistake(
                        field + ".repository",
                        "spec.definition.pushTo of the pipeline does not allow " + push.repository()
                                + ": somebody who may edit the pipeline adds it there, or remove push"));
        var secret = Stream.ofNullable(push.credentials())
                .flatMap(named -> secret(field + ".credentials", named.secretName()).stream());
        return Stream.concat(target, secret);
    }

    private Stream<FieldMistake> task(String field, TaskSpec task) {
        List<SecretVariable> secrets = task.secrets();
        return IntStream.range(0, secrets.size())
                .boxed()
                .flatMap(at -> secret(
                        field + "[" + at + "].secretName", secrets.get(at).secretName())
                        .stream());
    }

    private Optional<FieldMistake> secret(String field, String name) {
        return definition.secrets().contains(name)
                ? Optional.empty()
                : Optional.of(new FieldMistake(
                        field,
                        "spec.definition.secrets of the pipeline does not have " + name
                                + ": somebody who may edit the pipeline adds it there, or do not use it"));
    }

    private static boolean covers(String allowed, String repository) {
        return allowed.endsWith(BELOW)
                ? repository.startsWith(allowed.substring(0, allowed.length() - 1))
                : repository.equals(allowed);
    }
}
