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

/** All pipelines, policies and scopes as the controllers' watches show them, without calls to the API server. */
@ApplicationScoped
public class CacheIndex {
    private static final String NONE = "none";

    private volatile @Nullable Cache<CacheScope> scopes;
    private volatile @Nullable Cache<CachePolicy> policies;
    private volatile @Nullable Cache<Pipeline> pipelines;

    private volatile Optional<Set<String>> namespaces = Optional.empty();

    /** Sets the watch of scopes. Each controller sets its watch before it reconciles anything. */
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

    /** Returns the watched namespaces, none if all are watched. Empty before the operator watches any. */
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

    /** Returns a pipeline. Empty if it does not exist or cannot be read, and before the operator watches pipelines. */
    public Optional<Pipeline> pipeline(String namespace, String name) {
        var watch = pipelines;
        return watch == null
                ? Optional.empty()
                : watch.get(new ResourceID(name, namespace))
                        .filter(pipeline -> pipeline.unreadable().isEmpty());
    }

    /** Returns the name of the policy that a scope follows: the one that it names, else the newest default policy. */
    public String policyOf(CacheScope scope) {
        return PolicySelection.of(scope, policies()).orElse(NONE);
    }

    private static <R> Stream<R> all(@Nullable Cache<R> watch) {
        return watch == null ? Stream.empty() : watch.list();
    }
}
