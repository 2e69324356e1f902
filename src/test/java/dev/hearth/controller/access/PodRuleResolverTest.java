package dev.hearth.controller.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.LiveStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.TestConfig;
import dev.hearth.core.Specs;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.pod.PodRules;
import dev.hearth.testbed.FakeApiServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodRuleResolverTest {
    private static final String PATH = "/apis/hearth.dev/v1alpha1/cachepolicies/strict";

    @Test
    void policyThatCannotBeReadAllowsNothing() throws IOException {
        // Given: the unreadable field may be one that limits pods
        try (var api = new FakeApiServer()) {
            api.put(PATH, policy("{\"pods\": {\"podSecurity\": \"Stricter\"}}"));
            var spec = Specs.pipeline(
                    List.of(Specs.build("image", null)), List.of(Specs.task("unit", List.of(), List.of())));

            // When
            var rules = rules(api);

            // Then
            assertThat(rules.refusal(spec)).hasValueSatisfying(why -> {
                assertThat(why.reason()).isEqualTo(Reason.PolicyUnreadable);
                assertThat(why.message()).contains("CachePolicy strict", "Stricter");
            });
            assertThat(Plan.of(spec, GitRef.of("refs/heads/main")).steps())
                    .isNotEmpty()
                    .allSatisfy(step -> assertThat(rules.refusal(step)).isEqualTo(rules.refusal(spec)));
        }
    }

    @Test
    void appliesThePolicy() throws IOException {
        try (var api = new FakeApiServer()) {
            api.put(PATH, policy("{\"pods\": {\"podSecurity\": \"Restricted\"}}"));

            assertThat(rules(api).refusal(Specs.pipeline(List.of(), List.of()))).isEmpty();
            assertThat(rules(api).allowed().podSecurity()).hasToString("Restricted");
        }
    }

    private static PodRules rules(FakeApiServer api) {
        return new PodRuleResolver(
                        TestConfig.of(Map.of("pods", "{}")), new StorageResolver(new LiveStorage(api.client())))
                .resolve("strict", "ci", Trust.Trusted);
    }

    private static String policy(String spec) {
        return """
                {"apiVersion": "hearth.dev/v1alpha1", "kind": "CachePolicy", "metadata": {"name": "strict"}, "spec": %s}
                """.formatted(spec);
    }
}
