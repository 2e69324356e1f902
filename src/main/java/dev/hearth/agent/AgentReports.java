package dev.hearth.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads what agents report in the termination messages of their containers. An untrusted pod can end with any text: one that
 * is no report of the agent's version is none.
 */
public final class AgentReports {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    private AgentReports() {}

    /** Whether a text of a report is a digest. */
    public static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    /** Reads the report of a daemon's container. */
    public static Optional<DaemonReport> daemon(String terminationMessage) {
        return read(terminationMessage, DaemonReport.class).filter(report -> report.version() == AgentRequest.VERSION);
    }

    /** Reads the report of a solve that succeeded. */
    public static Optional<SolveReport> solve(String terminationMessage) {
        return read(terminationMessage, SolveReport.class).filter(report -> report.version() == AgentRequest.VERSION);
    }

    /** Reads the report of the container that fills and measures a task's caches. */
    public static Optional<TaskCacheContainerReport> taskCache(String terminationMessage) {
        return read(terminationMessage, TaskCacheContainerReport.class)
                .filter(report -> report.version() == AgentRequest.VERSION);
    }

    /** Reads the report of the container that collects a task's files. */
    public static Optional<CollectReport> collect(String terminationMessage) {
        return read(terminationMessage, CollectReport.class).filter(report -> report.version() == AgentRequest.VERSION);
    }

    /** Reads the report of a container that has pushed an artifact. */
    public static Optional<ArtifactPushReport> artifactPush(String terminationMessage) {
        return read(terminationMessage, ArtifactPushReport.class)
                .filter(report -> report.version() == AgentRequest.VERSION);
    }

    /** Reads the report of a container that has deleted artifacts. */
    public static Optional<ArtifactRemoveReport> artifactRemove(String terminationMessage) {
        return read(terminationMessage, ArtifactRemoveReport.class)
                .filter(report -> report.version() == AgentRequest.VERSION);
    }

    /** Reads the report of a container that has published an image. */
    public static Optional<ImagePublishReport> imagePublish(String terminationMessage) {
        return read(terminationMessage, ImagePublishReport.class)
                .filter(report -> report.version() == AgentRequest.VERSION && isDigest(report.digest()));
    }

    /** Records refuse a null where they need a value, so that nobody else has to ask. */
    private static <T> Optional<T> read(String document, Class<T> type) {
        try {
            return Optional.ofNullable(JSON.readValue(document, type));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
