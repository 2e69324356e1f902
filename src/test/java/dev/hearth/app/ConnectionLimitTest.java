package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.app.ConnectionLimit.Gatekeeper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionLimitTest {
    private static final int MOST = 5;

    /** Sends a byte over each connection that is not closed. */
    @Sharable
    private static final class Greeting extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            var _ = context.writeAndFlush(Unpooled.copiedBuffer(new byte[] {1}));
        }
    }

    @Test
    void closesConnectionsBeyondTheLimitAndAcceptsNewOnesAfterOthersClosed() throws Exception {
        var refused = new SimpleMeterRegistry().counter("refused");
        var loops = new NioEventLoopGroup(1);
        var clients = new ArrayList<Socket>();
        try {
            var server = (InetSocketAddress) new ServerBootstrap()
                    .group(loops)
                    .channel(NioServerSocketChannel.class)
                    .handler(new Gatekeeper(MOST, refused))
                    .childHandler(new Greeting())
                    .bind(InetAddress.getLoopbackAddress(), 0)
                    .sync()
                    .channel()
                    .localAddress();

            var greeted = new ArrayList<Boolean>();
            for (var i = 0; i < MOST + 3; i++) {
                greeted.add(isGreeted(server, clients));
            }

            assertThat(greeted).containsExactly(true, true, true, true, true, false, false, false);
            assertThat(refused.count()).isEqualTo(3);

            // When
            clients.getFirst().close();

            // Then
            await().until(() -> isGreeted(server, clients));
        } finally {
            for (var client : clients) {
                client.close();
            }
            var _ = loops.shutdownGracefully();
        }
    }

    private static boolean isGreeted(InetSocketAddress server, List<Socket> clients) {
        try {
            var client = new Socket(server.getAddress(), server.getPort());
            clients.add(client);
            return client.getInputStream().read() == 1;
        } catch (IOException e) {
            return false;
        }
    }
}
