package dev.hearth.results;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.regex.Pattern;

/** A run, told from an earlier one of the same name. Each part is safe as the name of a folder, or there is no such run. */
public record RunId(String namespace, String name, String uid) {
    /** What the API server allows, and no more. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    public RunId {
        if (!isName(namespace) || !isName(name) || !isName(uid)) {
            throw new IllegalArgumentException("no run of a cluster: " + namespace + "/" + name + ", uid " + uid);
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
