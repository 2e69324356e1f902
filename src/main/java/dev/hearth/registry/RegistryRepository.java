package dev.hearth.registry;

import java.net.URI;
import java.util.regex.Pattern;

/**
 * A repository of a registry and its URLs.
 *
 * @param fields fields of the spec that messages name
 */
record RegistryRepository(String host, String path, SpecFields fields) {
    private static final Pattern NAME = Pattern.compile(
            "([a-z0-9.-]+(?::[0-9]+)?)/([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)");
    private static final Pattern REFERENCE = Pattern.compile("sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

    static RegistryRepository parse(String name) throws RegistryException {
        return parse(name, SpecFields.PUSH);
    }

    static RegistryRepository parse(String name, SpecFields fields) throws RegistryException {
        var parts = NAME.matcher(name);
        if (!parts.matches()) {
            throw RegistryException.invalid(
                    fields.repository() + " is not a registry and a path: write it like registry.example/team/app");
        }
        var host = parts.group(1);
        // For a first part without a dot or colon, BuildKit pushes to Docker Hub.
        if (!host.contains(".") && !host.contains(":") && !host.equals("localhost")) {
            throw RegistryException.invalid(
                    name + " names no registry: write docker.io/" + name + ", or the registry's full host name");
        }
        return new RegistryRepository(host, parts.group(2), fields);
    }

    URI manifest(String reference, boolean insecure) throws RegistryException {
        return api("manifests/" + checked(reference), insecure);
    }

    URI blob(String digest, boolean insecure) throws RegistryException {
        return api("blobs/" + checked(digest), insecure);
    }

    /** Returns the URL that starts the upload of a blob. */
    URI uploads(boolean insecure) {
        return api("blobs/uploads/", insecure);
    }

    private String checked(String reference) throws RegistryException {
        if (!REFERENCE.matcher(reference).matches()) {
            throw RegistryException.invalid(
                    "an image or tag of " + this + " is neither a sha256 digest nor a valid tag");
        }
        return reference;
    }

    private URI api(String what, boolean insecure) {
        var hub = host.equals("docker.io");
        return URI.create((insecure ? "http" : "https") + "://" + (hub ? "registry-1.docker.io" : host) + "/v2/"
                + (hub && !path.contains("/") ? "library/" : "") + path + "/" + what);
    }

    @Override
    public String toString() {
        return host + "/" + path;
    }
}
