package dev.hearth.git;

import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * A session of SSH that ends if the server sends many messages that are not data. The library answers each of them, and
 * keeps all answers that the server does not read.
 */
final class LimitedSession extends ClientSessionImpl {
    /** A server sends about twenty. */
    static final int MOST = 1000;

    /** A server sends one for each piece that it has read, which may be a few kilobytes. The library does not answer them. */
    private static final int MOST_ADJUSTMENTS = 10_000;

    private int messages;
    private int adjustments;

    LimitedSession(ClientFactoryManager client, IoSession connection) throws Exception {
        super(client, connection);
    }

    @Override
    protected void handleMessage(Buffer message) throws Exception {
        // Before the server has accepted the key there is no program, and whatever it sends is answered.
        switch (isAuthenticated() ? message.rawByte(message.rpos()) : 0) {
            case SshConstants.SSH_MSG_CHANNEL_DATA -> {
                // The streams of the program are counted.
            }
            case SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA -> {
                if (!isOfErrors(message)) {
                    count();
                }
            }
            case SshConstants.SSH_MSG_CHANNEL_WINDOW_ADJUST -> {
                if (++adjustments > MOST_ADJUSTMENTS) {
                    throw new LimitExceeded(
                            "the server adjusts its window more than " + MOST_ADJUSTMENTS + " times, the limit");
                }
            }
            default -> count();
        }
        super.handleMessage(message);
    }

    /** Whether extended data is of the error stream, which is counted. Any other is refused by an answer. */
    private static boolean isOfErrors(Buffer message) {
        var type = 1 + Integer.BYTES; // after the number of the message, and the recipient
        return message.available() >= type + Integer.BYTES
                && message.rawUInt(message.rpos() + type) == SshConstants.SSH_EXTENDED_DATA_STDERR;
    }

    private void count() throws LimitExceeded {
        if (++messages > MOST) {
            throw new LimitExceeded("the server sends more than " + MOST + " messages that are not data, the limit");
        }
    }
}
