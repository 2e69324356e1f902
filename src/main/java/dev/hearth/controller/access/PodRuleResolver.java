package dev.hearth.controller.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.PodsSpec;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.pod.PodRules;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

/** Resolves the rules for pods from the policy of a pipeline and the settings of the installation. */
@ApplicationScoped
public class PodRuleResolver {
    private final StorageResolver storage;
    private final PodsSpec installation;

    public PodRuleResolver(HearthConfig config, StorageResolver storage) {
        this.storage = storage;
        this.installation = parse(config.pods());
    }

    /**
     * Returns the rules of runs.
     *
     * @param policy name of the pipeline's policy, null for the default policy. Without a policy for the namespace, the
     *     settings of the installation apply. A policy that cannot be read allows nothing.
     */
    public PodRules resolve(@Nullable String policy, String namespace, Trust trust) {
        return rules(storage.policy(policy, namespace), trust);
    }

    /** Does the same by what the API server has now, for a refusal that ends a step: a watch may be late. */
    public PodRules resolveNow(@Nullable String policy, String namespace, Trust trust) {
        return rules(storage.policyNow(policy, namespace), trust);
    }

    private PodRules rules(StorageResolver.Followed policy, Trust trust) {
        return switch (policy) {
            case StorageResolver.Followed.Policy(var spec) ->
                PodRules.of(spec.map(CachePolicySpec::pods).orElse(PodsSpec.NONE), installation, trust);
            case StorageResolver.Followed.Unreadable(var why) -> PodRules.closed(why, installation, trust);
        };
    }

    /** An invalid setting fails the start of the operator: it must not allow what the admin meant to forbid. */
    private static PodsSpec parse(String json) {
        try {
            return JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .readerFor(PodsSpec.class)
                    .readValue(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("hearth.pods is not as spec.pods of a CachePolicy: " + json, e);
        }
    }
}
