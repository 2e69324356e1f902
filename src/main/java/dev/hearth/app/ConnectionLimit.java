package dev.hearth.app;

import dev.hearth.config.HearthConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.quarkus.vertx.http.HttpsServerStart;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Closes connections to the web port that exceed a limit, before anything is read from them. The limit of Quarkus
 * counts a connection only after its TLS handshake, so clients that never start one could open any number of
 * connections, each with its own buffers.
 */
@Singleton
class ConnectionLimit {
    private final Vertx vertx;
    private final Gatekeeper gatekeeper;

    ConnectionLimit(Vertx vertx, HearthConfig config, MeterRegistry meters) {
        this.vertx = vertx;
        this.gatekeeper = new Gatekeeper(config.web().connections(), meters.counter("hearth.web.connections.refused"));
        meters.gauge("hearth.web.connections", gatekeeper.open);
    }

    void opened(@ObservesAsync HttpsServerStart event) {
        var port = event.options().getPort();
        ((VertxInternal) vertx).getAcceptorEventLoopGroup().forEach(executor -> {
            if (executor instanceof SingleThreadEventLoop loop) {
                loop.execute(() -> loop.registeredChannelsIterator().forEachRemaining(channel -> {
                    if (channel instanceof ServerChannel
                            && channel.localAddress() instanceof InetSocketAddress address
                            && address.getPort() == port) {
                        channel.pipeline().addFirst(gatekeeper);
                    }
                }));
            }
        });
    }

    /** Counts accepted connections, and closes those above the limit before the server sees them. */
    @Sharable
    static final class Gatekeeper extends ChannelInboundHandlerAdapter {
        private final int most;
        private final Counter refused;
        private final AtomicInteger open = new AtomicInteger();

        Gatekeeper(int most, Counter refused) {
            this.most = most;
            this.refused = refused;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            var connection = (Channel) accepted;
            if (open.incrementAndGet() > most) {
                open.decrementAndGet();
                refused.increment();
                connection.unsafe().closeForcibly();
                return;
            }
            connection.closeFuture().addListener(_ -> open.decrementAndGet());
            context.fireChannelRead(accepted);
        }
    }
}
