package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.core.plan.Names;

/**
 * Where the files of an artifact are: a folder of a volume.
 *
 * @param claimUid uid of the claim, which tells it from a later claim of the same name
 * @param path of the folder on the volume
 */
public record ArtifactLocation(String claim, String claimUid, String path) {

    /** Returns where a build leaves an artifact: on its cache volume, in a folder with its digest as name. */
    public static ArtifactLocation ofBuild(String claim, String claimUid, String digest) {
        return new ArtifactLocation(claim, claimUid, Names.artifactFolder(digest));
    }

    /** Returns where a pod of a task leaves an artifact: on the volume of the task caches, in a folder that only this pod writes. */
    public static ArtifactLocation ofTask(String claim, String claimUid, String runUid, String pod) {
        return new ArtifactLocation(claim, claimUid, Names.artifactFolder(runUid, pod));
    }

    ArtifactStatus in(ArtifactStatus artifact) {
        return artifact.with().claim(claim).claimUid(claimUid).path(path).build();
    }
}
