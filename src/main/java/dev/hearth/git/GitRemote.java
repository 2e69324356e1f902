package dev.hearth.git;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A repository to read over http, https or git. Other transports run programs or read the operator's own files, so no URL
 * of theirs gets past here, whatever checked it before.
 */
public record GitRemote(String url, @Nullable Credentials credentials) {
    private static final Pattern ALLOWED = Pattern.compile("(https?|git)://[^\\s@?#\\p{Cntrl}-][^\\s@?#\\p{Cntrl}]*");

    public GitRemote {
        if (!ALLOWED.matcher(url).matches()) {
            throw new IllegalArgumentException("not an http, https or git URL without user, query or fragment: " + url);
        }
    }
}
