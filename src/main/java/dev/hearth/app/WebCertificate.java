package dev.hearth.app;

import dev.hearth.certificate.OwnCertificate;
import dev.hearth.certificate.ServerCertificate;
import dev.hearth.cluster.SharedTexts;
import dev.hearth.config.HearthConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.quarkus.tls.runtime.KeyStoreAndKeyCertOptions;
import io.quarkus.tls.runtime.KeyStoreProvider;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jboss.logging.Logger;

/**
 * Serves the web port with the certificate of a Secret that all replicas read. The Secret is an administrator's, or the
 * operator's own: then the first replica that finds its certificate missing or old creates or renews it. A changed
 * certificate is served without a restart. While the Secret has no usable certificate, the port serves one that no
 * client trusts, and the rest of the operator works.
 */
@Singleton
class WebCertificate {
    /** The name of the port's TLS configuration in Quarkus. */
    static final String NAME = "web";

    private static final Logger LOG = Logger.getLogger(WebCertificate.class);

    private final SharedTexts texts;
    private final HearthConfig.Tls config;
    private final String namespace;
    private final Clock clock;
    private final TlsConfigurationRegistry registry;
    private final Event<CertificateUpdatedEvent> updates;
    private final Served served;

    WebCertificate(
            SharedTexts texts,
            HearthConfig config,
            Clock clock,
            TlsConfigurationRegistry registry,
            Event<CertificateUpdatedEvent> updates,
            @Identifier(NAME) Served served,
            MeterRegistry meters) {
        this.texts = texts;
        this.config = config.web().tls();
        this.namespace = config.namespace();
        this.clock = clock;
        this.registry = registry;
        this.updates = updates;
        this.served = served;
        meters.gauge(
                "hearth.web.certificate.end.seconds", served, it -> it.end().getEpochSecond());
    }

    /** Runs before the port opens, which happens after all observers of the startup. */
    void started(@Observes StartupEvent event) {
        check();
    }

    /** A failure is tried again; until then the previous certificate is served. */
    @Scheduled(every = "30s", delayed = "30s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    @RunOnVirtualThread
    @SuppressWarnings("IllegalCatch") // logged in one line, because the next check tries again
    void check() {
        try {
            var found = config.secretName().isPresent()
                    ? providedCertificate(config.secretName().get())
                    : ownCertificate();
            if (found.isPresent() && !found.get().equals(served.certificate)) {
                serve(found.get());
            }
        } catch (RuntimeException | GeneralSecurityException e) {
            LOG.warnf(
                    "the certificate of the web port could not be checked or renewed, and the previous one is served: %s",
                    e.getMessage());
        }
    }

    private Optional<ServerCertificate> providedCertificate(String secret) {
        var data = texts.read(namespace, secret).data();
        var chain = data.get(OwnCertificate.CHAIN);
        var key = data.get(OwnCertificate.KEY);
        if (chain == null || key == null) {
            LOG.warnf(
                    "Secret %s/%s of web.tls.secretName lacks %s or %s: add them, since clients do not trust the web port without them",
                    namespace, secret, OwnCertificate.CHAIN, OwnCertificate.KEY);
            return Optional.empty();
        }
        return Optional.of(new ServerCertificate(chain, key));
    }

    private Optional<ServerCertificate> ownCertificate() throws GeneralSecurityException {
        var secret = config.service() + "-tls";
        var before = texts.read(namespace, secret);
        var stored = OwnCertificate.read(before.data());
        var current = OwnCertificate.current(stored.orElse(null), names(), clock.instant());
        if (!stored.equals(Optional.of(current)) && !texts.replace(namespace, secret, before, current.data())) {
            return Optional.empty(); // another replica was faster: the next check reads its certificate
        }
        texts.publish(namespace, config.service() + "-ca", OwnCertificate.TRUSTED, current.trusted());
        return Optional.of(current.server());
    }

    /** Returns the names of the service, localhost for tunnels, and the names that an administrator adds. */
    private Set<String> names() {
        var names = new TreeSet<>(config.names().orElse(Set.of()));
        var service = config.service();
        names.addAll(Set.of(service, service + "." + namespace, service + "." + namespace + ".svc", "localhost"));
        return names;
    }

    private void serve(ServerCertificate certificate) throws GeneralSecurityException {
        var before = served.replace(certificate);
        var tls = registry.get(NAME).orElseThrow();
        if (!tls.reload()) {
            served.replace(before);
            throw new GeneralSecurityException("key and certificate cannot be read as PEM");
        }
        updates.fire(new CertificateUpdatedEvent(NAME, tls));
        LOG.infof("serving the web port with a certificate that is valid until %s", served.end());
    }

    /** The key store of the port. Quarkus reads it before the rest of the operator has started. */
    @Singleton
    @Identifier(NAME)
    static class Served implements KeyStoreProvider {
        private volatile ServerCertificate certificate;

        Served(Clock clock) throws GeneralSecurityException {
            certificate = ServerCertificate.untrusted(clock.instant());
        }

        private ServerCertificate replace(ServerCertificate next) throws GeneralSecurityException {
            next.end();
            var before = certificate;
            certificate = next;
            return before;
        }

        private Instant end() {
            try {
                return certificate.end();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the certificate was parsed before it was served", e);
            }
        }

        @Override
        public KeyStoreAndKeyCertOptions getKeyStore(Vertx vertx) {
            var options = new PemKeyCertOptions()
                    .addCertValue(Buffer.buffer(certificate.chain()))
                    .addKeyValue(Buffer.buffer(certificate.key()));
            try {
                return new KeyStoreAndKeyCertOptions(options.loadKeyStore(vertx), options);
            } catch (Exception e) { // declared by Vert.x
                throw new IllegalStateException("key and certificate cannot be read as PEM", e);
            }
        }
    }
}
