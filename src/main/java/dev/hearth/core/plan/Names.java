package dev.hearth.core.plan;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Trust;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.SourceUrl;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Names of the objects that Hearth creates. Equal identities have equal names, so that creating an object again is
 * harmless. Names of pods and scopes and values of labels are DNS labels of at most 63 characters.
 */
public final class Names {
    private static final int MAX_LENGTH = 63;
    /** 80 bits, so that no ref, run or task name can be chosen whose hash equals that of another. */
    private static final int HASH_DIGITS = 20;

    private static final int SHORT_HASH_DIGITS = 16;
    /** The prefix of reserved names. The admission policy of the chart protects objects with it. */
    private static final String RESERVED = "hearth-";

    private static final String TASK_CACHES = "-task-caches-";

    /** The folder of a cache volume with artifacts. */
    public static final String ARTIFACTS = "artifacts";

    private Names() {}

    /** Returns the name of the run that a trigger starts for a commit of a ref. */
    public static String run(String pipeline, String ref, String commit) {
        return runPrefix(pipeline, commit) + hash(6, ref, commit);
    }

    /** Returns what the names of all runs begin with that triggers start for a commit. */
    public static String runPrefix(String pipeline, String commit) {
        return pipeline + "-" + commit.substring(0, 8) + "-";
    }

    /** Returns the name to use if {@link #run} belongs to another run. Its hash is too long for a collision. */
    public static String otherRun(String pipeline, String ref, String commit) {
        return pipeline + "-" + hash(HASH_DIGITS, ref, commit);
    }

    /**
     * Returns the name of the run that follows a superseded run of the same commit.
     *
     * @param uid of the superseded run
     */
    public static String runAfter(String pipeline, String ref, String commit, String uid) {
        return runPrefix(pipeline, commit) + hash(6, ref, commit, uid);
    }

    /**
     * Returns the name of the run that a schedule starts at a time.
     *
     * @param seconds the time, in seconds since 1970
     */
    public static String scheduledRun(String pipeline, String schedule, long seconds) {
        return pipeline + "-" + hash(HASH_DIGITS, "schedule", schedule, String.valueOf(seconds));
    }

    /**
     * Returns the name of a cache scope. The ref is a part of the hash only, since a name cannot contain arbitrary text. A
     * ref whose trust or repository changes gets a new scope, whose volumes have nothing of the old one.
     *
     * @param source identity of the repository
     * @param ref full name of the ref, with the commit for a merge group
     */
    public static String scope(String pipeline, String source, String ref, Trust trust) {
        return pipeline + "-" + hash(HASH_DIGITS, pipeline, source, ref, trust.name());
    }

    /** Returns the name of the cache scope of a run's ref. Empty until the run has started, which records what it needs. */
    public static Optional<String> scope(PipelineRun run) {
        var status = run.getStatus();
        if (status == null || status.pipelineSpec() == null || status.trust() == null || status.commit() == null) {
            return Optional.empty();
        }
        return Optional.of(scope(
                run.getSpec().pipeline(),
                SourceUrl.identity(status.pipelineSpec().source().url()),
                GitRef.of(run.getSpec().ref()).lineage(status.commit()),
                status.trust()));
    }

    /** Returns the name of a cache volume. Each isolation has its own, since others cannot read or delete its files. */
    public static String volume(String scope, String platform, IsolationForm isolation) {
        var suffix = isolation == IsolationForm.UserNamespace
                ? ""
                : "-" + isolation.name().toLowerCase(Locale.ROOT);
        return RESERVED + scope + "-" + dashed(platform) + suffix;
    }

    /** Whether a name is that of a cache volume of a scope. */
    public static boolean isVolume(String name, String scope) {
        return name.startsWith(RESERVED + scope + "-");
    }

    /** Whether a name is reserved: only Hearth creates objects with such names. */
    public static boolean isReserved(String name) {
        return name.startsWith(RESERVED);
    }

    /** Returns the name of the volume with the task caches of a scope. That for Linux has the artifacts of its tasks too. */
    public static String taskCacheVolume(String scope, OperatingSystem os) {
        return RESERVED + scope + TASK_CACHES + os.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the scope of a volume with task caches. Empty for any other name. */
    public static Optional<String> scopeOfTaskCaches(String volume) {
        var end = volume.lastIndexOf(TASK_CACHES);
        return isReserved(volume) && end > RESERVED.length()
                ? Optional.of(volume.substring(RESERVED.length(), end))
                : Optional.empty();
    }

    /** Returns the key of a task cache of a matrix cell. It is the same in all runs. */
    public static String taskCacheKey(String task, MatrixCell cell, String path) {
        return hash(SHORT_HASH_DIGITS, task, cell.identity(), path);
    }

    /** Returns the folder that one pod writes. It depends on the run's uid, since a new run may have an old name. */
    public static String attemptFolder(String runUid, String pod) {
        return hash(SHORT_HASH_DIGITS, runUid, pod);
    }

    /** Returns the name of the preflight pod of an isolation. */
    public static String isolationPreflight(IsolationForm isolation) {
        return RESERVED + "preflight-" + isolation.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the name of the preflight pod of user namespaces of tasks. */
    public static String userNamespacePreflight() {
        return RESERVED + "preflight-tasks";
    }

    /** Returns the name of the preflight pod of network policies. */
    public static String networkPreflight() {
        return RESERVED + "network-preflight";
    }

    /** Returns the name of the VolumeSnapshot of a generation. The name of the volume has the reserved prefix already. */
    public static String snapshot(String volume, int generation) {
        return bounded(volume + "-" + generation);
    }

    /**
     * Returns the name of the pod of a step.
     *
     * @param attempt counted from 1
     */
    public static String pod(String run, Step step, int attempt) {
        return switch (step) {
            case Step.Build build -> buildPod(run, build.platform(), attempt);
            case Step.Task task -> taskPod(run, task.spec().name(), task.cell(), attempt);
            case Step.MatrixReader reader -> matrixReaderPod(run, reader.name(), attempt);
            case Step.ArtifactUpload upload ->
                artifactUploadPod(run, upload.of().name(), attempt);
            case Step.Index index -> imagePublishPod(run, index.name(), attempt);
        };
    }

    /**
     * Returns the name of a build pod.
     *
     * @param attempt counted from 1
     */
    public static String buildPod(String run, String platform, int attempt) {
        return bounded(RESERVED + run + "-build-" + dashed(platform) + attemptSuffix(attempt));
    }

    /**
     * Returns the name of a task pod. It is reserved, so that users cannot exec into the pod of a trusted task.
     *
     * @param attempt counted from 1
     */
    public static String taskPod(String run, String task, MatrixCell cell, int attempt) {
        return cell.values().isEmpty()
                ? bounded(RESERVED + run + "-task-" + task + attemptSuffix(attempt))
                : hashed(
                        RESERVED + run + "-task-" + task + "-" + dns(cell.directory()),
                        cell.identity(),
                        attemptSuffix(attempt));
    }

    /** Returns the name of the pod that reads the file with a task's matrix. */
    public static String matrixReaderPod(String run, String task, int attempt) {
        return bounded(RESERVED + run + "-list-" + task + attemptSuffix(attempt));
    }

    /** Returns the name of the pod that pushes the artifact of a step. */
    public static String artifactUploadPod(String run, String step, int attempt) {
        return hashed(RESERVED + run + "-publish-" + dns(step), step, attemptSuffix(attempt));
    }

    /** Returns the name of the pod that pushes the image index of a build and moves its tags. */
    public static String imagePublishPod(String run, String step, int attempt) {
        return hashed(RESERVED + run + "-index-" + dns(step), step, attemptSuffix(attempt));
    }

    /**
     * Returns the name of a pod that keeps a daemon warm.
     *
     * @param claim of the cache volume
     * @param lastRunUid uid of the last run that used the volume
     */
    public static String warmPod(String claim, String lastRunUid, String fingerprint) {
        return hashed(RESERVED + "warm-" + claim.substring(RESERVED.length()), lastRunUid + " " + fingerprint, "");
    }

    /** Returns a text that identifies a value. */
    public static String fingerprint(String value) {
        return hash(HASH_DIGITS, value);
    }

    /** Returns the name of the pod that deletes artifacts of a pipeline from their registry. */
    public static String artifactRemovalPod(String pipeline, Collection<String> images) {
        return hashed(RESERVED + pipeline + "-removal", String.join(" ", new TreeSet<>(images)), "");
    }

    /**
     * Returns the folder of a build's artifact on the cache volume.
     *
     * @param digest as {@code sha256:} and 64 hexadecimal digits
     */
    public static String artifactFolder(String digest) {
        return ARTIFACTS + "/" + digest.substring(digest.indexOf(':') + 1);
    }

    /** Returns the folder of an attempt's artifact on the volume with the task caches of its ref. No other pod writes it. */
    public static String artifactFolder(String runUid, String pod) {
        return ARTIFACTS + "/" + runFolder(runUid) + "/" + attemptFolder(runUid, pod);
    }

    /** Returns the name of the folder with the artifacts of all tasks of a run. */
    public static String runFolder(String runUid) {
        return hash(SHORT_HASH_DIGITS, runUid);
    }

    /** Returns the name of the ConfigMap with the tests of each shard. */
    public static String shards(String run, String task) {
        return bounded(RESERVED + run + "-shards-" + task);
    }

    /** Returns the name of the NetworkPolicy of a pipeline's pods. Names of pipelines have no dot, so it is unique. */
    public static String network(String pipeline, Trust trust) {
        return RESERVED + pipeline + (trust == Trust.Trusted ? "" : ".untrusted");
    }

    /**
     * Returns the name of a ConfigMap with a part of a pipeline's ref record.
     *
     * @param group branches and tags, or pull requests
     */
    public static String ledger(String pipelineUid, String group, int shard) {
        return RESERVED + "refs-" + pipelineUid + "-" + group + "-" + shard;
    }

    /** Returns a label value that identifies a repository. */
    public static String source(String url) {
        return hash(SHORT_HASH_DIGITS, url);
    }

    /** Returns the name of the ConfigMap with the ref record of earlier versions. */
    public static String formerLedger(String pipeline) {
        return pipeline + "-refs";
    }

    /** Returns a name as a label value: shortened and with a hash if it is too long. */
    public static String bounded(String name) {
        if (name.length() <= MAX_LENGTH) {
            return name;
        }
        var beginning = name.substring(0, MAX_LENGTH - HASH_DIGITS - 1).replaceAll("[^a-z0-9]+$", "");
        return beginning + "-" + hash(HASH_DIGITS, name);
    }

    /** Returns {@code linux-arm-v7} for {@code linux/arm/v7}. */
    public static String dashed(String platform) {
        return platform.replace('/', '-');
    }

    /** Names of tasks have no double dash, so attempt 2 of {@code unit} is never attempt 1 of {@code unit-2}. */
    private static String attemptSuffix(int attempt) {
        return attempt == 1 ? "" : "--" + attempt;
    }

    private static String dns(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }

    /** Returns a readable name with a hash, which also covers what the readable part cannot contain. */
    private static String hashed(String readable, String identity, String attempt) {
        var ending = "-" + hash(HASH_DIGITS, readable, identity) + attempt;
        var beginning = readable.substring(0, Math.min(readable.length(), MAX_LENGTH - ending.length()));
        return beginning.replaceAll("[^a-z0-9]+$", "") + ending;
    }

    static String hash(int digits, String... identity) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (String part : identity) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0); // no part contains it, so it separates the parts
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, digits);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
