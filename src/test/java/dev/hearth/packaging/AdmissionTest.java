package dev.hearth.packaging;

import static dev.hearth.packaging.ChartTest.only;
import static dev.hearth.packaging.ChartTest.render;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScopeSpec;
import dev.hearth.api.Isolation;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.Labels;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MatchCondition;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.Validation;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The shape of the admission policies; what they refuse is TenantE2E's. */
class AdmissionTest {

    @Test
    void everyPolicyIsBoundAndRefuses() {
        var policies = policies();

        assertThat(policies).isNotEmpty().allSatisfy(policy -> {
            assertThat(policy.getSpec().getFailurePolicy()).isEqualTo("Fail");
            assertThat(policy.getSpec().getValidations())
                    .isNotEmpty()
                    .allSatisfy(rule -> assertThat(rule.getReason()).isEqualTo("Forbidden"));
        });
        assertThat(bindings())
                .allSatisfy(binding ->
                        assertThat(binding.getSpec().getValidationActions()).containsExactly("Deny"))
                .extracting(binding -> binding.getSpec().getPolicyName())
                .containsExactlyInAnyOrderElementsOf(policies.stream()
                        .map(policy -> policy.getMetadata().getName())
                        .toList());
    }

    @Test
    void onlyTheOperatorOfThisReleaseIsLetThrough() {
        assertThat(policies())
                .allSatisfy(policy -> assertThat(policy.getSpec().getMatchConditions())
                        .extracting(MatchCondition::getExpression)
                        .containsExactly("request.userInfo.username != 'system:serviceaccount:default:hearth'"));
    }

    @Test
    void holdsWherePipelinesAreRun() {
        assertThat(namespaces()).containsExactly("NotIn [default]");
        assertThat(namespaces("watchNamespaces={ci,tools}")).containsExactly("NotIn [default]", "In [ci, tools]");
    }

    @Test
    void canBeSwitchedOff() {
        assertThat(render("admission.enabled=false"))
                .noneMatch(ValidatingAdmissionPolicy.class::isInstance)
                .noneMatch(ValidatingAdmissionPolicyBinding.class::isInstance);
    }

    @Test
    void knowsWhatIsHearthsAsTheCodeNamesIt() {
        assertThat(List.of(
                        Names.volume("scope", "linux/amd64", Isolation.Rootless),
                        Names.preflight(Isolation.Rootless),
                        Names.artifacts("run"),
                        Names.outputs("run"),
                        Names.listPod("run", "task", 1),
                        Names.publishPod("run", "task", 1),
                        Names.buildPod("run", "linux/amd64", 1)))
                .allSatisfy(name -> assertThat(name).startsWith("hearth-"));
        assertThat(List.of(
                        Labels.PIPELINE,
                        Labels.RUN,
                        Labels.SCOPE,
                        Labels.PLATFORM,
                        Labels.CACHE_FROM,
                        Labels.CACHE_REPEATS))
                .allSatisfy(key -> assertThat(key).startsWith("hearth.dev/"));
    }

    /** The rest is fixed by the schema of the resource itself. */
    @Test
    void fixesWhatAScopeSaysButForTheRollback() {
        var rules = policies().stream()
                .filter(policy -> policy.getMetadata().getName().endsWith("-records"))
                .flatMap(policy -> policy.getSpec().getValidations().stream())
                .map(Validation::getExpression)
                .toList();

        assertThat(Stream.of(CacheScopeSpec.class.getRecordComponents()).map(RecordComponent::getName))
                .filteredOn(field ->
                        !List.of("pipeline", "ref", "trust", "rollbackTo").contains(field))
                .isNotEmpty()
                .allSatisfy(field -> assertThat(rules)
                        .anyMatch(rule -> rule.contains("object.spec.?" + field + " == oldObject.spec.?" + field)));
    }

    private static List<String> namespaces(String... values) {
        return only(ValidatingAdmissionPolicyBinding.class, render(values)).stream()
                .flatMap(binding ->
                        binding.getSpec().getMatchResources().getNamespaceSelector().getMatchExpressions().stream())
                .map(AdmissionTest::words)
                .distinct()
                .toList();
    }

    private static String words(LabelSelectorRequirement term) {
        assertThat(term.getKey()).isEqualTo("kubernetes.io/metadata.name");
        return term.getOperator() + " " + term.getValues();
    }

    private static List<ValidatingAdmissionPolicy> policies() {
        return only(ValidatingAdmissionPolicy.class, render());
    }

    private static List<ValidatingAdmissionPolicyBinding> bindings() {
        return only(ValidatingAdmissionPolicyBinding.class, render());
    }
}
