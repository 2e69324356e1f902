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
 * Fetches an image that {@link ArtifactPublish} made and unpacks it beside the folder that it is for, which so is there as a whole or
 * not at all. One that is there already is kept.
 */
record ArtifactFetch(ArtifactImages images, RegistrySettings registry, RetrySchedule patience) {

    void fetch(String image, Path folder, long limit) throws WorkerFailure, IOException, InterruptedException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        var name = image.split("@", 2);
        if (name.length < 2) {
            throw new WorkerFailure("the artifact " + image + " is named without a digest");
        }
        var credentials = registry.credentials(image);
        var half = folder.resolveSibling("." + folder.getFileName() + ".half");
        patience.call(() -> {
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

    /** What an attempt before this one left, whatever its modes. */
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
