package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.core.plan.Names;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of an artifact are: a folder of a volume.
 *
 * @param claimUid uid of the claim, which tells it from a later claim of the same name; null if an earlier version of Hearth has
 *     put the files on a volume of the run
 * @param path of the folder on the volume
 */
public record ArtifactLocation(String claim, @Nullable String claimUid, String path) {

    /** Returns where a build leaves an artifact: on its cache volume, in a folder with its digest as name. */
    public static ArtifactLocation ofBuild(String claim, String claimUid, String digest) {
        return new ArtifactLocation(claim, claimUid, Names.artifactFolder(digest));
    }

    ArtifactStatus in(ArtifactStatus artifact) {
        return artifact.with().claim(claim).claimUid(claimUid).path(path).build();
    }
}
