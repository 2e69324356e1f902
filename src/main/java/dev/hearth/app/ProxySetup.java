package dev.hearth.app;

import dev.hearth.config.HearthConfig;
import dev.hearth.proxy.OutboundProxy;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.Objects;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Makes the process use the proxy of its settings, before it asks any server. */
@Singleton
class ProxySetup {
    private static final Logger LOG = Logger.getLogger(ProxySetup.class);

    void started(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event, HearthConfig config) {
        var proxy = config.proxy();
        proxy.url().ifPresent(url -> {
            OutboundProxy.of(url, proxy.noProxy().orElse(Set.of()), login()).install();
            LOG.infof("git servers, forges and registries are reached through the proxy %s", url);
        });
    }

    /** Not by the configuration, which would replace parts of a password that look like its expressions. */
    private static OutboundProxy.@Nullable Login login() {
        var name = System.getenv("PROXY_USERNAME");
        return name == null
                ? null
                : new OutboundProxy.Login(name, Objects.requireNonNullElse(System.getenv("PROXY_PASSWORD"), ""));
    }
}
