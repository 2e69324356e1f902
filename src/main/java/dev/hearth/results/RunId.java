package dev.hearth.results;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.regex.Pattern;

/** Identifies a run, also among runs that had the same name. Each part is safe as the name of a folder. */
public record RunId(String namespace, String name, String uid) {
    /** The names that the API server allows. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    public RunId {
        if (!isName(namespace) || !isName(name) || !isName(uid)) {
            throw new IllegalArgumentException("not the name of a run: " + namespace + "/" + name + ", uid " + uid);
        }
    }

    public static RunId of(HasMetadata run) {
        var metadata = run.getMetadata();
        return new RunId(metadata.getNamespace(), metadata.getName(), metadata.getUid());
    }

    /** Whether the API server could have an object of this name. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }
}
