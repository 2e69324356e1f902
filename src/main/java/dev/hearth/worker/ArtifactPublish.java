package dev.hearth.worker;

import dev.hearth.registry.ArtifactImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Packs a folder and pushes it as an image. */
record ArtifactPublish(ArtifactImages images, RegistrySettings registry, RetrySchedule patience) {

    /** The image's name, and how large its layer is in the registry. */
    record Published(String image, long bytes) {}

    Published publish(Path folder, String repository) throws WorkerFailure, IOException, InterruptedException {
        // Before the work: it may be long.
        var credentials = registry.credentials(repository);
        var file = Files.createTempFile("layer", ".tar.gz");
        try {
            var layer = LayerPacker.pack(folder, file);
            var digest =
                    patience.call(() -> images.push(repository, layer, credentials, registry.isInsecure(repository)));
            return new Published(repository + "@" + digest, layer.size());
        } finally {
            Files.delete(file);
        }
    }
}
