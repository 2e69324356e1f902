package dev.hearth.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected as the documentation of Kubernetes describes label selectors. */
class NamespaceSelectorTest {
    private static final Map<String, String> LABELS = Map.of("team", "web", "ci", "");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                                            | true
            {matchLabels: {team: web}}                                                    | true
            {matchLabels: {team: api}}                                                    | false
            {matchLabels: {team: web, tier: low}}                                         | false
            {matchExpressions: [{key: team, operator: In, values: [api, web]}]}           | true
            {matchExpressions: [{key: team, operator: In, values: [api]}]}                | false
            {matchExpressions: [{key: tier, operator: In, values: [low]}]}                | false
            {matchExpressions: [{key: team, operator: NotIn, values: [api]}]}             | true
            {matchExpressions: [{key: team, operator: NotIn, values: [web]}]}             | false
            {matchExpressions: [{key: tier, operator: NotIn, values: [low]}]}             | true
            {matchExpressions: [{key: ci, operator: Exists}]}                             | true
            {matchExpressions: [{key: tier, operator: Exists}]}                           | false
            {matchExpressions: [{key: ci, operator: DoesNotExist}]}                       | false
            {matchExpressions: [{key: tier, operator: DoesNotExist}]}                     | true
            {matchLabels: {team: web}, matchExpressions: [{key: ci, operator: Exists}]}   | true
            {matchLabels: {team: api}, matchExpressions: [{key: ci, operator: Exists}]}   | false
            {matchLabels: {team: web}, matchExpressions: [{key: tier, operator: Exists}]} | false
            """)
    void allRequirementsMustMatch(String selector, boolean matches) {
        assertThat(Serialization.unmarshal("---\n" + selector, NamespaceSelector.class)
                        .matches(LABELS))
                .isEqualTo(matches);
    }
}
