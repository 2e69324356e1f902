package dev.hearth.worker;

import dev.hearth.registry.ArtifactImages;
import dev.hearth.registry.RegistryException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Fetches an image that {@link ArtifactPublish} has created. It unpacks the files beside their folder and then renames
 * them, so that the folder is complete or does not exist. Does nothing if the folder exists.
 */
record ArtifactFetch(ArtifactImages images, RegistrySettings registry, RetrySchedule retries) {

    void fetch(String image, Path folder, long limit) throws WorkerFailure, IOException, InterruptedException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        var name = image.split("@", 2);
        if (name.length < 2) {
            throw new WorkerFailure("the name of the artifact " + image + " has no digest");
        }
        var credentials = registry.credentials(image);
        var half = folder.resolveSibling("." + folder.getFileName() + ".half");
        retries.call(() -> {
            remove(half);
            try (var layer = images.open(name[0], name[1], credentials, registry.isInsecure(image))) {
                LayerUnpacker.unpack(layer, half, limit);
                return half;
            } catch (IOException e) {
                if (e.getCause() instanceof RegistryException cause) {
                    throw cause;
                }
                throw e;
            }
        });
        Files.move(half, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes the files of an earlier attempt, whatever their modes. */
    private static void remove(Path half) throws IOException {
        if (!Files.exists(half, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(half, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.setAttribute(folder, "unix:mode", 0700);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
