package dev.hearth.controller;

import static dev.hearth.testbed.TestNamespace.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StartPreview;
import dev.hearth.controlplane.ScriptedNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The refs of a pipeline: a large number, long names, runs that the API server refuses, and foreign objects. */
class FollowLoopIT {
    private static final String FOLLOWS = """
            triggers: {poll: 5s, %s}
            tasks: [{name: unit, image: busybox, command: ["true"]}]
            """;
    private static final int MANY = 99_000;

    @Test
    void repositoryWithAHundredThousandRefsIsFollowedInObjectsOfABoundedSize() {
        try (var place = ScriptedNamespace.open("many")) {
            place.repository().pullRequests(MANY, place.commit());
            var pipeline = place.pipeline(FOLLOWS.formatted("branches: [main], pullRequests: {enabled: true}"));

            assertThat(place.work().finishedRunOf(place.commit()).getSpec().ref())
                    .isEqualTo(ScriptedNamespace.MAIN);
            place.work()
                    .until(
                            pipeline,
                            it -> Optional.ofNullable(it.getStatus().refs()).equals(Optional.of(MANY + 1)));
            var pushed = place.repository().commit("refs/pull/77/head", "a", "b");
            var run = place.work().finishedRunOf(pushed);

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(place.work().runs())
                    .extracting(it -> it.getSpec().ref())
                    .containsExactlyInAnyOrder(ScriptedNamespace.MAIN, "refs/pull/77/head");
            assertThat(ledgers(place))
                    .isNotEmpty()
                    .allSatisfy(map ->
                            assertThat(Serialization.asJson(map).length()).isLessThan(64 * 1024));
        }
    }

    @Test
    void branchWithALongNameRunsAndKeepsNoOtherFromRunning() {
        try (var place = ScriptedNamespace.open("long")) {
            place.pipeline(FOLLOWS.formatted("branches: ['**']"));
            place.work().finishedRunOf(place.commit());

            var name = "refs/heads/" + "a".repeat(120) + "/" + "b".repeat(130);
            var onLong = place.repository().commit(name, "a", "1");
            var onOther = place.repository().commit("refs/heads/zzz", "a", "2");

            assertThat(place.work().finishedRunOf(onOther).getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(place.work().finishedRunOf(onLong))
                    .returns(name, run -> run.getSpec().ref())
                    .returns(Phase.Succeeded, run -> run.getStatus().phase());
        }
    }

    @Test
    void suspendedPipelineSaysWhatItWouldStartAndStartsItLater() {
        try (var place = ScriptedNamespace.open("suspend")) {
            var tag = place.repository().commit("refs/tags/v1", "a", "1");
            place.repository().commit("refs/heads/other", "a", "2");
            var pipeline = place.pipeline("suspend: true\n" + FOLLOWS.formatted("branches: [main], tags: ['v*']"));
            var suspended = place.work().until(pipeline, it -> it.getStatus().preview() != null);
            assertThat(suspended.getStatus().preview())
                    .isEqualTo(new StartPreview(
                            2,
                            List.of(
                                    new StartPreview.Start(ScriptedNamespace.MAIN, place.commit()),
                                    new StartPreview.Start("refs/tags/v1", tag))));
            assertThat(condition(suspended, "Ready").orElseThrow())
                    .returns("Suspended", Condition::reason)
                    .returns("starts no runs, since spec.suspend is true; 2 runs would start", Condition::message);
            assertThat(place.work().runs()).isEmpty();
            assertThat(place.finished(place.start()).getStatus().phase()).isEqualTo(Phase.Succeeded);

            place.patch(pipeline, "{\"spec\": {\"suspend\": false}}");
            place.work().finishedRunOf(place.commit());
            place.work().finishedRunOf(tag);
            var resumed = place.work().until(pipeline, it -> it.getStatus().preview() == null);
            assertThat(condition(resumed, "Ready").orElseThrow().reason()).isEqualTo("RefsListed");
        }
    }

    /** An admission policy refuses the runs of one ref, as a quota could. */
    @Test
    void refThatCannotRunIsNamedAndTheOthersRun() {
        try (var place = ScriptedNamespace.open("refused")) {
            var next = "refs/heads/next";
            place.repository().commit(next, "a", "1");
            var rule = refuse(place, next);
            try {
                var pipeline = place.pipeline(FOLLOWS.formatted("branches: ['**']"));

                place.work().finishedRunOf(place.commit());
                var reported = place.work().until(pipeline, it -> degraded(it).isPresent());
                assertThat(degraded(reported))
                        .hasValueSatisfying(why -> assertThat(why).contains(next, "no run of this ref"));
                assertThat(place.work().runs()).hasSize(1);

                rule.forEach(part -> place.client().resource(part).delete());
                place.work()
                        .until(
                                "a run of the other",
                                () -> place.work().runs().stream()
                                        .filter(run -> run.getSpec().ref().equals(next))
                                        .findFirst());
                place.work().until(pipeline, it -> degraded(it).isEmpty());
            } finally {
                rule.forEach(part -> place.client().resource(part).delete());
            }
        }
    }

    @Test
    void configMapOfAnotherOwnerWithTheNameOfAnEarlierLedgerIsKept() {
        try (var place = ScriptedNamespace.open("map")) {
            var theirs = place.client()
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(place.namespace())
                            .withName("p-refs")
                            .endMetadata()
                            .withData(Map.of("refs", "data of another owner", "other", "kept"))
                            .build())
                    .create();
            var pipeline = place.pipeline(FOLLOWS.formatted("branches: [main]"));

            var run = place.work().finishedRunOf(place.commit());
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            place.client().resource(pipeline).delete();

            place.work()
                    .until(
                            "the end of its runs and its ledger",
                            () -> Optional.of(ledgers(place))
                                    .filter(left -> left.isEmpty()
                                            && place.work().runs().isEmpty()));
            assertThat(place.client().resource(theirs).get()).isEqualTo(theirs);
        }
    }

    /** Creates an admission policy that refuses runs of a ref in this namespace. It is in force when this returns. */
    private static List<HasMetadata> refuse(ScriptedNamespace place, String ref) {
        List<HasMetadata> rule = place.client()
                .load(new ByteArrayInputStream(
                        """
                        apiVersion: admissionregistration.k8s.io/v1
                        kind: ValidatingAdmissionPolicy
                        metadata: {name: %1$s}
                        spec:
                          matchConstraints:
                            resourceRules:
                            - {apiGroups: [hearth.dev], apiVersions: ["*"], resources: [pipelineruns], operations: [CREATE]}
                          validations:
                          - {expression: "object.spec.ref != '%2$s'", message: no run of this ref}
                        ---
                        apiVersion: admissionregistration.k8s.io/v1
                        kind: ValidatingAdmissionPolicyBinding
                        metadata: {name: %1$s}
                        spec:
                          policyName: %1$s
                          validationActions: [Deny]
                          matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %1$s}}}
                        """.formatted(place.namespace(), ref).getBytes(StandardCharsets.UTF_8)))
                .create();
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(place.namespace())
                .withName("tried")
                .build());
        run.setSpec(PipelineRunSpec.of("p", ref, null));
        place.work().until("the admission policy to be in force", () -> {
            try {
                place.client().resource(run).dryRun().create();
                return Optional.empty();
            } catch (KubernetesClientException e) {
                return Optional.of(e);
            }
        });
        return rule;
    }

    private static Optional<String> degraded(Pipeline pipeline) {
        return condition(pipeline, "Degraded").map(it -> it.message());
    }

    private static List<ConfigMap> ledgers(ScriptedNamespace place) {
        return place.client().configMaps().inNamespace(place.namespace()).list().getItems().stream()
                .filter(map -> map.getMetadata().getName().startsWith("hearth-refs-"))
                .toList();
    }
}
