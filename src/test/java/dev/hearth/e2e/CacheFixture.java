package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What tests of caches share: a pipeline that follows main and pull requests, and a look at a scope. */
final class CacheFixture {
    private CacheFixture() {}

    /** A pipeline with a build called tool, and what is given as the rest of its spec. */
    static String pipeline(GitRepository repository, String rest) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: small}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: ["**"], pullRequests: {enabled: true}}
                  trust: {branches: [main, "release/*"]}
                  artifacts: {reuse: false}
                """.formatted(repository.url()) + rest.indent(2);
    }

    /**
     * A policy of this test's own, named after its namespace; a rest of its spec in one line of YAML. No pod waits for a run unless it
     * says so.
     */
    static CachePolicy policy(TestNamespace work, String rest) {
        var policy = Serialization.unmarshal(
                """
                apiVersion: hearth.dev/v1alpha1
                kind: CachePolicy
                metadata: {name: %s}
                spec: %s
                """.formatted(
                                work.namespace(),
                                rest.contains("keepWarm")
                                        ? rest
                                        : rest.replaceFirst("[{]", "{keepWarm: {trusted: 0s, untrusted: 0s}, ")),
                CachePolicy.class);
        return work.client().resource(policy).create();
    }

    /** Changes a policy by a JSON merge patch of its spec, and waits until the operator knows it. */
    static void change(TestNamespace work, CachePolicy policy, String spec) {
        var changed =
                work.client().resource(policy).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": " + spec + "}");
        work.until(
                "the operator to know the policy",
                () -> Optional.ofNullable(work.client().resource(changed).get().getStatus())
                        .filter(status -> changed.getMetadata().getGeneration().equals(status.observedGeneration())));
    }

    static PipelineRun succeeded(PipelineRun run) {
        assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
        return run;
    }

    static CacheScope scope(TestNamespace work, String ref) {
        return work.client().resources(CacheScope.class).inNamespace(work.namespace()).list().getItems().stream()
                .filter(scope -> scope.getSpec().pipeline().equals("small"))
                .filter(scope -> scope.getSpec().ref().equals(ref))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no scope of " + ref));
    }

    /** Waits until a scope has a condition. */
    static Condition scopeCondition(TestNamespace work, Predicate<Condition> which) {
        return work.until(
                "a condition of a scope",
                () -> work.client().resources(CacheScope.class).inNamespace(work.namespace()).list().getItems().stream()
                        .flatMap(scope -> scope.conditions().stream())
                        .filter(which)
                        .findFirst());
    }

    /** The one volume of a scope that builds for one platform. */
    static ScopeVolume volume(TestNamespace work, String ref) {
        return Optional.ofNullable(scope(work, ref).getStatus()).stream()
                .flatMap(status -> status.volumes().stream())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no volume of " + ref));
    }

    static Seed seed(TestNamespace work, String ref) {
        return Objects.requireNonNull(volume(work, ref).seed(), "volume has no seed");
    }

    /** Waits until a trusted volume has sealed what a commit built, which it does after the run has ended. */
    static ScopeVolume sealed(TestNamespace work, String ref, String commit) {
        return work.until(
                "a generation of " + commit,
                () -> Optional.of(volume(work, ref))
                        .filter(volume -> volume.newest()
                                .filter(generation -> generation.commit().equals(commit))
                                .isPresent()));
    }

    /** What a task said. */
    static String log(TestNamespace work, @Nullable String pod) {
        return work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(pod)
                .getLog()
                .strip();
    }
}
