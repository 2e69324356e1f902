package dev.hearth.app;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.QuarkusControllerConfiguration;
import io.quarkus.arc.ClientProxy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * Creates the operator with all reconcilers. It replaces the one of the Quarkus extension, which ignores {@code
 * triggerReconcilerOnAllEvents}: its reconcilers are not called for deleted resources. What that one does besides, Hearth
 * does not use: it applies CRDs in development and configures reconcilers that ask for it.
 */
@Singleton
class OperatorFactory {
    @Produces
    @ApplicationScoped
    Operator operator(
            QuarkusConfigurationService configuration, Instance<Reconciler<? extends HasMetadata>> reconcilers) {
        var operator = new Operator(configuration);
        reconcilers.forEach(reconciler -> register(operator, configuration, reconciler));
        var patience = configuration.reconciliationTerminationTimeout();
        if (!patience.isZero()) {
            operator.installShutdownHook(patience);
        }
        return operator;
    }

    private static <P extends HasMetadata> void register(
            Operator operator, QuarkusConfigurationService configuration, Reconciler<P> reconciler) {
        var annotation = ClientProxy.unwrap(reconciler).getClass().getAnnotation(ControllerConfiguration.class);
        if (annotation != null && annotation.triggerReconcilerOnAllEvents()) {
            operator.register(
                    reconciler, new AllEvents<>(configuration, configuration.getConfigurationFor(reconciler)));
        } else {
            operator.register(reconciler);
        }
    }

    /** The configuration of a reconciler that is called for all events. */
    private static final class AllEvents<P extends HasMetadata> extends QuarkusControllerConfiguration<P> {
        AllEvents(QuarkusConfigurationService configuration, QuarkusControllerConfiguration<P> original) {
            super(
                    original.getInformerConfig(),
                    original.getName(),
                    original.isGenerationAware(),
                    original.getAssociatedReconcilerClassName(),
                    original.getRetry(),
                    original.getRateLimiter(),
                    original.maxReconciliationInterval().orElseThrow(),
                    original.getFinalizerName(),
                    original.fieldManager(),
                    original.getWorkflow(),
                    original.getResourceTypeName(),
                    original.getResourceClass());
            setParent(configuration);
        }

        @Override
        public boolean triggerReconcilerOnAllEvents() {
            return true;
        }
    }
}
