package dev.hearth.packaging;

import static dev.hearth.packaging.ChartTest.only;
import static dev.hearth.packaging.ChartTest.render;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScopeSpec;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MatchCondition;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.Validation;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.Variable;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The form of the admission policies. TenantE2E checks which requests they refuse. */
@Tag("slow")
class AdmissionTest {

    @Test
    void everyPolicyHasABindingThatDenies() {
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
    void exemptsOnlyTheOperatorOfThisRelease() {
        assertThat(policies())
                .allSatisfy(policy -> assertThat(policy.getSpec().getMatchConditions())
                        .extracting(MatchCondition::getExpression)
                        .contains("request.userInfo.username != 'system:serviceaccount:default:hearth'"));
    }

    @Test
    void appliesToWatchedNamespaces() {
        assertThat(namespaces()).containsExactly("NotIn [default]");
        assertThat(namespaces("watchNamespaces={ci,tools}")).containsExactly("NotIn [default]", "In [ci, tools]");
    }

    @Test
    void canBeDisabled() {
        assertThat(render("admission.enabled=false", "audit.enabled=false"))
                .noneMatch(ValidatingAdmissionPolicy.class::isInstance)
                .noneMatch(ValidatingAdmissionPolicyBinding.class::isInstance);
    }

    @Test
    void auditPoliciesNeverRefuse() {
        var audit = only(ValidatingAdmissionPolicy.class, render("admission.enabled=false"));
        assertThat(audit).hasSize(4).allSatisfy(policy -> {
            assertThat(policy.getSpec().getFailurePolicy()).isEqualTo("Ignore");
            assertThat(policy.getSpec().getValidations()).isEmpty();
            assertThat(policy.getSpec().getAuditAnnotations()).hasSize(1);
        });
        assertThat(only(ValidatingAdmissionPolicyBinding.class, render("admission.enabled=false")))
                .hasSize(4)
                .allSatisfy(binding ->
                        assertThat(binding.getSpec().getValidationActions()).containsExactly("Audit"));
    }

    @Test
    void namesAndLabelsOfTheCodeHaveTheReservedPrefixes() {
        assertThat(List.of(
                        Names.volume("scope", "linux/amd64", IsolationForm.Rootless),
                        Names.isolationPreflight(IsolationForm.Rootless),
                        Names.taskCacheVolume("scope", OperatingSystem.Linux),
                        Names.taskPod("run", "task", MatrixCell.ONLY, 1),
                        Names.shards("run", "task"),
                        Names.network("pipeline", Trust.Untrusted),
                        Names.matrixReaderPod("run", "task", 1),
                        Names.artifactUploadPod("run", "task", 1),
                        Names.buildPod("run", "linux/amd64", 1)))
                .allSatisfy(name -> assertThat(name).startsWith("hearth-"));
        assertThat(List.of(
                        ObjectLabels.PIPELINE,
                        ObjectLabels.RUN,
                        ObjectLabels.SCOPE,
                        ObjectLabels.PLATFORM,
                        ObjectLabels.CACHE_FROM,
                        ObjectLabels.ARTIFACT_CLAIM_UID,
                        ObjectLabels.CACHE_REPEATS))
                .allSatisfy(key -> assertThat(key).startsWith("hearth.dev/"));
    }

    /** The schema of the resource itself protects the other fields. */
    @Test
    void protectsAllFieldsOfAScopeExceptRollbackTo() {
        var rules = policies().stream()
                .filter(policy -> policy.getMetadata().getName().endsWith("-scopes"))
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

    @Test
    void driversAreAccountsOfTheConfiguredNamespaces() {
        assertThat(driver())
                .contains("!request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace");
        assertThat(driver("admission.storageDrivers={longhorn-system}"))
                .contains("['longhorn-system','kube-system'].exists(")
                .doesNotContain("request.namespace");
    }

    @Test
    void schedulersAreAccountsOfTheConfiguredNamespaces() {
        assertThat(binding()).contains("system:serviceaccount:kube-system:").doesNotContain("exists(scheduler");
        assertThat(binding("admission.schedulers={volcano-system}")).contains("['volcano-system'].exists(scheduler");
    }

    private static String binding(String... values) {
        return only(ValidatingAdmissionPolicy.class, render(values)).stream()
                .filter(policy -> policy.getMetadata().getName().endsWith("-nodes"))
                .flatMap(policy -> policy.getSpec().getValidations().stream())
                .map(Validation::getExpression)
                .collect(Collectors.joining());
    }

    private static String driver(String... values) {
        return only(ValidatingAdmissionPolicy.class, render(values)).stream()
                .flatMap(policy -> policy.getSpec().getVariables().stream())
                .filter(variable -> variable.getName().equals("driver"))
                .map(Variable::getExpression)
                .distinct()
                .collect(Collectors.joining());
    }

    private static List<String> namespaces(String... values) {
        return only(ValidatingAdmissionPolicyBinding.class, render(values)).stream()
                .filter(binding -> binding.getSpec().getValidationActions().contains("Deny"))
                .flatMap(binding ->
                        binding.getSpec().getMatchResources().getNamespaceSelector().getMatchExpressions().stream())
                .map(AdmissionTest::describe)
                .distinct()
                .toList();
    }

    private static String describe(LabelSelectorRequirement term) {
        assertThat(term.getKey()).isEqualTo("kubernetes.io/metadata.name");
        return term.getOperator() + " " + term.getValues();
    }

    /** Returns the policies that refuse requests. */
    private static List<ValidatingAdmissionPolicy> policies() {
        return only(ValidatingAdmissionPolicy.class, render("audit.enabled=false"));
    }

    private static List<ValidatingAdmissionPolicyBinding> bindings() {
        return only(ValidatingAdmissionPolicyBinding.class, render("audit.enabled=false"));
    }
}
