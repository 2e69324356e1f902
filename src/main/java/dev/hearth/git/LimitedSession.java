package dev.hearth.git;

import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * A session of SSH that ends if the server sends many messages that are not data. The library answers each of them, and
 * keeps all answers that the server does not read.
 */
final class LimitedSession extends ClientSessionImpl {
    /** A server sends about twenty. */
    static final int MOST = 1000;

    private int messages;

    LimitedSession(ClientFactoryManager client, IoSession connection) throws Exception {
        super(client, connection);
    }

    @Override
    protected void handleMessage(Buffer message) throws Exception {
        switch (message.rawByte(message.rpos())) {
            case SshConstants.SSH_MSG_CHANNEL_DATA,
                    SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA,
                    SshConstants.SSH_MSG_CHANNEL_WINDOW_ADJUST -> {
                // The streams of the program are counted.
            }
            default -> count();
        }
        super.handleMessage(message);
    }

    private void count() throws SshException {
        if (++messages > MOST) {
            throw new SshException("the server sends more than " + MOST + " messages that are not data, the limit");
        }
    }
}
