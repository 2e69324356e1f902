package dev.hearth.core.plan;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Trust;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Names of children. The same identity always gives the same name, so that creating a child again is harmless; a name
 * of a pod, scope or label value is a DNS label of at most 63 characters.
 */
public final class Names {
    private static final int LONGEST = 63;
    /** 80 bits: an author who chooses a ref, run or task name cannot find one that collides with another's. */
    private static final int HASH_DIGITS = 20;

    private static final int DIRECTORY_DIGITS = 16;
    /** What only Hearth may make, mount or enter: the admission policy of the chart knows it by this. */
    private static final String RESERVED = "hearth-";

    private Names() {}

    /** The run that follows a ref: one per pipeline, ref and commit. */
    public static String run(String pipeline, String ref, String commit) {
        return pipeline + "-" + commit.substring(0, 8) + "-" + hash(6, ref, commit);
    }

    /**
     * The name to use if the first one belongs to a run of something else; its longer hash cannot be made to collide.
     */
    public static String otherRun(String pipeline, String ref, String commit) {
        return pipeline + "-" + hash(HASH_DIGITS, ref, commit);
    }

    /**
     * The scope of a ref. Only the hash tells refs apart: raw ref text never reaches a name. A ref whose trust changes, or
     * whose pipeline follows another repository, gets another scope: nothing of the time before is in its volume.
     *
     * @param source identity of the repository
     */
    public static String scope(String pipeline, String source, String ref, Trust trust) {
        return pipeline + "-" + hash(HASH_DIGITS, pipeline, source, ref, trust.name());
    }

    /** One for each isolation: what one form of build has written no other can read, or even remove. */
    public static String volume(String scope, String platform, IsolationForm isolation) {
        var suffix = isolation == IsolationForm.UserNamespace
                ? ""
                : "-" + isolation.name().toLowerCase(Locale.ROOT);
        return RESERVED + scope + "-" + dashed(platform) + suffix;
    }

    /** Whether a name is one that only Hearth gives. */
    public static boolean isReserved(String name) {
        return name.startsWith(RESERVED);
    }

    /** The volume with a scope's directories of tasks. */
    public static String taskCacheVolume(String scope, OperatingSystem os) {
        return RESERVED + scope + "-task-caches-" + os.name().toLowerCase(Locale.ROOT);
    }

    /** Which directory a leg's is, in every run. */
    public static String taskCacheKey(String task, MatrixCell leg, String path) {
        return hash(DIRECTORY_DIGITS, task, leg.identity(), path);
    }

    /** What one pod writes: a run that is made anew under an old name never finds what that one left. */
    public static String attemptFolder(String runUid, String pod) {
        return hash(DIRECTORY_DIGITS, runUid, pod);
    }

    /** The pod that tries a form of isolation in a namespace. */
    public static String isolationPreflight(IsolationForm isolation) {
        return RESERVED + "preflight-" + isolation.name().toLowerCase(Locale.ROOT);
    }

    /** The pod that tries whether pods of tasks in a namespace can have a user namespace. */
    public static String userNamespacePreflight() {
        return RESERVED + "preflight-tasks";
    }

    /** The pod that tries the network. */
    public static String networkPreflight() {
        return RESERVED + "network-trial";
    }

    /** The VolumeSnapshot of a sealed generation; a volume's own name has the reserved beginning already. */
    public static String snapshot(String volume, int generation) {
        return bounded(volume + "-" + generation);
    }

    /**
     * The pod of a platform's builds.
     *
     * @param attempt counted from 1
     */
    public static String buildPod(String run, String platform, int attempt) {
        return bounded(RESERVED + run + "-build-" + dashed(platform) + attemptSuffix(attempt));
    }

    /**
     * A leg's pod. No user may enter it, to change what a trusted task leaves or to read its Secrets.
     *
     * @param attempt counted from 1
     */
    public static String taskPod(String run, String task, MatrixCell leg, int attempt) {
        return leg.values().isEmpty()
                ? bounded(RESERVED + run + "-task-" + task + attemptSuffix(attempt))
                : hashed(
                        RESERVED + run + "-task-" + task + "-" + dns(leg.directory()),
                        leg.identity(),
                        attemptSuffix(attempt));
    }

    /** The pod that reads a file with a task's legs out of an artifact. */
    public static String matrixReaderPod(String run, String task, int attempt) {
        return bounded(RESERVED + run + "-list-" + task + attemptSuffix(attempt));
    }

    /** The pod that pushes what a step has left. */
    public static String artifactUploadPod(String run, String step, int attempt) {
        return hashed(RESERVED + run + "-publish-" + dns(step), step, attemptSuffix(attempt));
    }

    /** What builds leave for tasks. */
    public static String artifacts(String run) {
        return bounded(RESERVED + run + "-artifacts");
    }

    /** What tasks leave for other tasks: apart, since it belongs to the user of their pods. */
    public static String outputs(String run) {
        return bounded(RESERVED + run + "-outputs");
    }

    /** The ConfigMap with the tests of each shard. */
    public static String shards(String run, String task) {
        return bounded(RESERVED + run + "-shards-" + task);
    }

    /** The network policy of a pipeline's pods. The dot keeps it apart from those of other pipelines, whose names have none. */
    public static String network(String pipeline, Trust trust) {
        return RESERVED + pipeline + (trust == Trust.Trusted ? "" : ".untrusted");
    }

    /**
     * A ConfigMap with a part of the refs that a pipeline has dealt with.
     *
     * @param group letters that tell branches and tags from pull requests
     */
    public static String ledger(String pipelineUid, String group, int shard) {
        return RESERVED + "refs-" + pipelineUid + "-" + group + "-" + shard;
    }

    /** A short word for a repository. */
    public static String source(String url) {
        return hash(DIRECTORY_DIGITS, url);
    }

    /** The ConfigMap in which earlier versions kept all refs of a pipeline. */
    public static String formerLedger(String pipeline) {
        return pipeline + "-refs";
    }

    /** A value for a label: the name itself where it fits. */
    public static String bounded(String name) {
        if (name.length() <= LONGEST) {
            return name;
        }
        var kept = name.substring(0, LONGEST - HASH_DIGITS - 1).replaceAll("[^a-z0-9]+$", "");
        return kept + "-" + hash(HASH_DIGITS, name);
    }

    /** {@code linux/arm/v7} as {@code linux-arm-v7}. */
    public static String dashed(String platform) {
        return platform.replace('/', '-');
    }

    /** Two dashes, which no name of a task has: the second attempt of {@code unit} is not the first of {@code unit-2}. */
    private static String attemptSuffix(int attempt) {
        return attempt == 1 ? "" : "--" + attempt;
    }

    private static String dns(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }

    /** Always with a hash of what the readable part no longer tells apart. */
    private static String hashed(String readable, String identity, String ending) {
        var rest = "-" + hash(HASH_DIGITS, readable, identity) + ending;
        var kept = readable.substring(0, Math.min(readable.length(), LONGEST - rest.length()));
        return kept.replaceAll("[^a-z0-9]+$", "") + rest;
    }

    static String hash(int digits, String... identity) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (String part : identity) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0); // no part holds it, so parts cannot run into each other
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, digits);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
