package dev.hearth.worker;

import dev.hearth.registry.ArtifactImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Packs a folder and pushes it as an image. */
record ArtifactPublish(ArtifactImages images, RegistrySettings registry, RetrySchedule retries) {

    /**
     * A published artifact.
     *
     * @param image name of the image, with its digest
     * @param bytes size of its layer in the registry
     */
    record Published(String image, long bytes) {}

    Published publish(Path folder, String repository) throws WorkerFailure, IOException, InterruptedException {
        // First, because packing may take long and missing credentials should fail early.
        var credentials = registry.credentials(repository);
        var file = Files.createTempFile("layer", ".tar.gz");
        try {
            var layer = LayerPacker.pack(folder, file);
            var digest =
                    retries.call(() -> images.push(repository, layer, credentials, registry.isInsecure(repository)));
            return new Published(repository + "@" + digest, layer.size());
        } finally {
            Files.delete(file);
        }
    }
}
