package dev.hearth.http;

import dev.hearth.budget.BudgetExhausted;
import dev.hearth.budget.ResponseTooLarge;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Why there is no valid answer of a server.
 *
 * @param kind what failed
 * @param detail one short line for people; it may quote the server
 */
public record NetworkFailure(Kind kind, String detail) {
    private static final int LONGEST = 200;

    /** What failed. */
    public enum Kind {
        /** The operator has no room for the answer now. */
        OperatorBusy,
        /** The answer is larger than allowed. */
        TooLarge,
        /** The address of the host is one to which Hearth never connects. */
        NotAllowed,
        /** The name of the host does not resolve. */
        NameUnknown,
        /** The certificate of the server is not trusted. */
        CertificateNotTrusted,
        /** The server uses plain HTTP where HTTPS was expected. */
        PlainHttp,
        /** Nothing accepts connections. */
        NoConnection,
        /** The answer is not HTTP. */
        NotHttp,
        /** The call was interrupted. */
        Interrupted,
        /** Another failure of the connection. */
        Connection,
        /** An error that is not one of the network. */
        Unexpected
    }

    public static NetworkFailure of(Throwable thrown) {
        return new NetworkFailure(kind(thrown), line(innermost(thrown)));
    }

    private static Kind kind(Throwable thrown) {
        if (is(thrown, BudgetExhausted.class)) {
            return Kind.OperatorBusy;
        }
        if (is(thrown, ResponseTooLarge.class)) {
            return Kind.TooLarge;
        }
        if (is(thrown, DestinationNotAllowed.class)) {
            return Kind.NotAllowed;
        }
        if (is(thrown, UnresolvedAddressException.class)) {
            return Kind.NameUnknown;
        }
        if (is(thrown, CertificateException.class)) {
            return Kind.CertificateNotTrusted;
        }
        if (is(thrown, SSLException.class) && innermost(thrown).contains("plaintext connection")) {
            return Kind.PlainHttp;
        }
        if (is(thrown, ConnectException.class)) {
            return Kind.NoConnection;
        }
        if (is(thrown, ProtocolException.class)) {
            return Kind.NotHttp;
        }
        if (is(thrown, InterruptedIOException.class)) {
            return Kind.Interrupted;
        }
        return is(thrown, IOException.class) ? Kind.Connection : Kind.Unexpected;
    }

    private static String innermost(Throwable thrown) {
        return causes(thrown)
                .map(cause ->
                        Objects.toString(cause.getMessage(), cause.getClass().getSimpleName()))
                .reduce((_, last) -> last)
                .orElse("");
    }

    private static boolean is(Throwable thrown, Class<? extends Throwable> type) {
        return causes(thrown).anyMatch(type::isInstance);
    }

    private static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause);
    }

    private static String line(String text) {
        var line = text.replaceAll("[\\p{Cc}\\p{Cf}\\s]+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
