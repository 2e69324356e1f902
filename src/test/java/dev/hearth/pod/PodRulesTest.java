package dev.hearth.pod;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PodsSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Resources;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an admin has not allowed is refused with its field, its value and where it is allowed. */
class PodRulesTest {
    private static final PodRules STANDARD = PodRules.standard(Trust.Trusted);

    /** Root of a node of the attacker's choice, by rights that every editor of pipelines has. */
    private static final String OWN = "podSecurity: Privileged\nuser: 0\ntolerations: [{operator: Exists}]";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            podSecurity: Privileged                       | spec.tasks[own].podSecurity: Privileged is not allowed, Baseline is the highest: an admin raises it in podSecurity
            nodeSelector: {node-role: control-plane}      | spec.tasks[own].nodeSelector: key node-role is not allowed, only kubernetes.io/arch, kubernetes.io/os,
            nodeSelector: {kubernetes.io/hostname: a}     | spec.tasks[own].nodeSelector: key kubernetes.io/hostname is not allowed
            tolerations: [{operator: Exists}]             | spec.tasks[own].tolerations: every key is not allowed, only none: an admin allows it in tolerations
            tolerations: [{key: gpu, effect: NoSchedule}] | spec.tasks[own].tolerations: gpu=:NoSchedule is not allowed
            runtimeClassName: runc                        | spec.tasks[own].runtimeClassName: runc is not allowed, only none: an admin allows it in runtimeClassNames
            resources: {limits: {memory: 65Gi}}           | spec.tasks[own].resources.limits.memory: 65Gi is not allowed, 64Gi is the maximum: an admin raises it in ceiling
            resources: {requests: {nvidia.com/gpu: '1'}}  | spec.tasks[own].resources.requests.nvidia.com/gpu: 1 is not allowed, only cpu, ephemeral-storage, memory can be requested
            services: [{name: db, image: i, resources: {limits: {cpu: 100}}}] | spec.tasks[own].services[db].resources.limits.cpu: 100 is not allowed
            """)
    void taskIsRefusedWithFieldValueAndRemedy(String yaml, String message) {
        assertThat(refusal(STANDARD, yaml)).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.PodNotAllowed);
            assertThat(why.message())
                    .startsWith(message)
                    .endsWith(" of the pipeline's CachePolicy, or in pods of the Helm chart's values");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "podSecurity: Baseline\nuser: 0",
                "nodeSelector: {kubernetes.io/arch: arm64, kubernetes.io/os: linux, topology.kubernetes.io/zone: a}",
                "resources: {requests: {cpu: '32'}, limits: {memory: 64Gi, ephemeral-storage: 200Gi}}"
            })
    void whatHarmsNobodyIsAllowedToTrustedRuns(String yaml) {
        assertThat(refusal(STANDARD, yaml)).isEmpty();
    }

    @Test
    void untrustedRunsAreRestrictedWhateverIsAllowed() {
        var generous = allowing("podSecurity: Privileged\ntolerations: [{operator: Exists}]");

        assertThat(refusal(rules(generous, Trust.Trusted), OWN)).isEmpty();
        assertThat(refusal(rules(generous, Trust.Untrusted), OWN))
                .hasValueSatisfying(why -> assertThat(why.message())
                        .startsWith("spec.tasks[own].podSecurity: Privileged is not allowed in an untrusted run"));
        assertThat(refusal(rules(generous, Trust.Untrusted), "podSecurity: Baseline"))
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {key: gpu, operator: Exists}             | {key: gpu, value: a, effect: NoSchedule} | true
            {key: gpu, operator: Exists}             | {key: gpu, operator: Exists}             | true
            {key: gpu, value: a}                     | {key: gpu, value: a, effect: NoExecute}  | true
            {operator: Exists, effect: NoSchedule}   | {key: gpu, value: a, effect: NoSchedule} | true
            {key: gpu, value: a}                     | {key: gpu, value: b}                     | false
            {key: gpu, value: a}                     | {key: gpu, operator: Exists}             | false
            {key: gpu, value: a, effect: NoSchedule} | {key: gpu, value: a}                     | false
            {key: gpu, operator: Exists}             | {operator: Exists}                       | false
            {key: gpu}                               | {key: gpu, operator: Exists}             | false
            """)
    void tolerationIsAllowedByOneThatToleratesAtLeastAsMuch(String allowed, String asked, boolean expected) {
        var rules = rules(allowing("tolerations: [" + allowed + "]"), Trust.Trusted);

        assertThat(refusal(rules, "tolerations: [" + asked + "]").isEmpty()).isEqualTo(expected);
    }

    @Test
    void policyAllowsByNameAndLeavesTheRestToTheInstallation() {
        var policy = allowing("nodeSelectorKeys: [pool]\nceiling: {nvidia.com/gpu: 1}");
        var rules =
                PodRules.of(policy, allowing("runtimeClassNames: [gvisor]\npodSecurity: Restricted"), Trust.Trusted);

        assertThat(refusal(
                        rules,
                        "nodeSelector: {pool: ci}\nruntimeClassName: gvisor\n"
                                + "resources: {limits: {nvidia.com/gpu: 1}}"))
                .isEmpty();
        assertThat(refusal(rules, "podSecurity: Baseline")).isPresent();
        assertThat(refusal(rules, "resources: {limits: {cpu: 1}}")).isPresent();
    }

    @Test
    void buildAsksForNoMoreThanTheCeilingAndSharesItsDaemon() {
        var small = asking("small", "requests: {memory: 1Gi}\nlimits: {cpu: 2}");
        var large = asking("large", "requests: {memory: 9Gi}\nlimits: {cpu: 4}");
        var plan = Plan.of(pipeline(List.of(small, large), List.of()), GitRef.of("refs/heads/main"));

        var daemon = STANDARD.resources(plan.buildsFor("linux/amd64"));

        assertThat(daemon.limits())
                .containsEntry("cpu", new Quantity("4"))
                .containsEntry("memory", new Quantity("9Gi"));
        assertThat(daemon.requests()).containsEntry("memory", new Quantity("9Gi"));
        assertThat(STANDARD.refusal(pipeline(List.of(asking("huge", "limits: {cpu: 33}")), List.of())))
                .hasValueSatisfying(why -> assertThat(why.message())
                        .startsWith("spec.builds[huge].resources.limits.cpu: 33 is not allowed, 32 is the maximum"));
    }

    /** Kubernetes refuses a pod whose request exceeds its limit, and the admin's ceiling holds for defaults too. */
    @Property
    void requestNeverExceedsItsLimitNorALimitTheCeilingOrWhatWasAskedFor(
            @ForAll @IntRange(min = 1, max = 100) int request,
            @ForAll @IntRange(min = 1, max = 100) int limit,
            @ForAll @IntRange(min = 1, max = 100) int standardRequest,
            @ForAll @IntRange(min = 1, max = 100) int standardLimit,
            @ForAll @IntRange(min = 1, max = 100) int ceiling,
            @ForAll boolean asksRequest,
            @ForAll boolean asksLimit) {
        var policy = allowing("tasks: {requests: {memory: %dMi}, limits: {memory: %dMi}}\nceiling: {memory: %dMi}"
                .formatted(standardRequest, standardLimit, ceiling));
        var rules = rules(policy, Trust.Trusted);
        var yaml = "resources: {requests: {%s}, limits: {%s}}"
                .formatted(
                        asksRequest ? "memory: " + request + "Mi" : "",
                        asksLimit ? "memory: " + Math.max(limit, asksRequest ? request : 1) + "Mi" : "");
        var task = Specs.task("own", yaml);
        if (rules.refusal(pipeline(List.of(), List.of(task))).isPresent()) {
            return;
        }

        var given = rules.resources(task);

        assertThat(memory(given.requests())).isLessThanOrEqualTo(memory(given.limits()));
        assertThat(memory(given.limits())).isLessThanOrEqualTo(new Quantity(ceiling + "Mi"));
        assertThat(given.requests()).containsAllEntriesOf(asked(task).requests());
        assertThat(given.limits()).containsAllEntriesOf(asked(task).limits());
    }

    private static Resources asked(TaskSpec task) {
        return Optional.ofNullable(task.resources()).orElseThrow();
    }

    private static Quantity memory(Map<String, Quantity> quantities) {
        return Optional.ofNullable(quantities.get("memory")).orElseThrow();
    }

    private static BuildSpec asking(String name, String resources) {
        var build = build(name, null);
        return build.withName(name).withResources(Serialization.unmarshal(resources, Resources.class));
    }

    private static PodsSpec allowing(String yaml) {
        return Serialization.unmarshal(yaml, PodsSpec.class);
    }

    private static PodRules rules(PodsSpec policy, Trust trust) {
        return PodRules.of(policy, PodsSpec.NONE, trust);
    }

    private static Optional<StatusReason> refusal(PodRules rules, String yaml) {
        return rules.refusal(pipeline(List.of(), List.of(Specs.task("own", yaml))));
    }
}
