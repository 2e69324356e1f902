package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.SortedMap;

/**
 * What a container with the agent is asked to do. Package {@code internal/protocol} of {@code src/agent} has the same
 * documents; tests of both sides read the same files.
 */
@JsonPropertyOrder("version")
public sealed interface AgentRequest
        permits ArtifactPullRequest,
                ArtifactPushRequest,
                ArtifactRemoveRequest,
                CollectRequest,
                CopyRequest,
                DaemonRequest,
                FetchRequest,
                ImagePublishRequest,
                NetworkPreflightRequest,
                OwnRequest,
                PreflightRequest,
                ReadFileRequest,
                ServeRequest,
                SolveRequest,
                TaskCacheRequest,
                UserNamespacePreflightRequest {
    /** Version of the documents. An agent refuses a request of another version. */
    int VERSION = 1;

    /** Environment variable that holds the request. */
    String VARIABLE = "HEARTH_REQUEST";

    /**
     * Environment variable that names the file with the requests of all containers that get theirs later than they start: a
     * document of {@link #json(SortedMap)}, or nothing yet.
     */
    String FILE_VARIABLE = VARIABLE + "_FILE";

    /** Environment variable that has the container's key in that document. */
    String KEY_VARIABLE = VARIABLE + "_KEY";

    /** Environment variable that has the number of seconds after which the container waits no longer for its request. */
    String WITHIN_VARIABLE = VARIABLE + "_WITHIN";

    @JsonProperty("version")
    default int version() {
        return VERSION;
    }

    /** Returns the document on one line. Fields that are null are left out. */
    default String json() {
        return Mappers.json(this);
    }

    /** Returns one document with the requests of several containers, by their names. */
    static String json(SortedMap<String, AgentRequest> requests) {
        return Mappers.json(requests);
    }

    /** Holds the mapper, which an interface cannot keep to itself. */
    final class Mappers {
        private static final JsonMapper REQUESTS = JsonMapper.builder()
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                .build();

        private Mappers() {}

        private static String json(Object document) {
            try {
                return REQUESTS.writeValueAsString(document);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a request is a document of texts and numbers", e);
            }
        }
    }
}
