package dev.hearth.controller.support;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.cluster.storage.PolicySelection;
import io.javaoperatorsdk.operator.api.config.ControllerConfiguration;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the controllers' watches show of all pipelines, policies and scopes, and where they look: asking costs no call. */
@ApplicationScoped
public class CacheIndex {
    private static final String NONE = "none";

    private volatile @Nullable Cache<CacheScope> scopes;
    private volatile @Nullable Cache<CachePolicy> policies;
    private volatile @Nullable Cache<Pipeline> pipelines;

    private volatile Optional<Set<String>> namespaces = Optional.empty();

    /** Each controller gives its own watch, before it reconciles anything. */
    public void watchScopes(Cache<CacheScope> watch) {
        scopes = watch;
    }

    public void watchPolicies(Cache<CachePolicy> watch) {
        policies = watch;
    }

    public void watchPipelines(Cache<Pipeline> watch) {
        pipelines = watch;
    }

    public void watchNamespaces(ControllerConfiguration<?> controller) {
        var informer = controller.getInformerConfig();
        namespaces = Optional.of(
                informer.watchAllNamespaces() ? Set.of() : Set.copyOf(informer.getEffectiveNamespaces(controller)));
    }

    /** Namespaces that are watched; none if it is all of them. Empty before the operator has begun to. */
    public Optional<Set<String>> namespaces() {
        return namespaces;
    }

    public Stream<CacheScope> scopes() {
        return all(scopes).filter(scope -> scope.unreadable().isEmpty());
    }

    public Stream<CachePolicy> policies() {
        return all(policies);
    }

    public Stream<Pipeline> pipelines() {
        return all(pipelines);
    }

    /** A pipeline that can be read. Empty as well before the operator has begun to watch pipelines. */
    public Optional<Pipeline> pipeline(String namespace, String name) {
        var watch = pipelines;
        return watch == null
                ? Optional.empty()
                : watch.get(new ResourceID(name, namespace))
                        .filter(pipeline -> pipeline.unreadable().isEmpty());
    }

    /** Name of the policy that a scope follows: the one it names, else the newest that says it is the default. */
    public String policyOf(CacheScope scope) {
        return PolicySelection.of(scope, policies()).orElse(NONE);
    }

    private static <R> Stream<R> all(@Nullable Cache<R> watch) {
        return watch == null ? Stream.empty() : watch.list();
    }
}
