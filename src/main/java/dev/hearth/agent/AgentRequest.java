package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

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

    @JsonProperty("version")
    default int version() {
        return VERSION;
    }

    /** Returns the document on one line. Fields that are null are left out. */
    default String json() {
        try {
            return Mappers.REQUESTS.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a request is a document of texts and numbers", e);
        }
    }

    /** Holds the mapper, which an interface cannot keep to itself. */
    final class Mappers {
        private static final JsonMapper REQUESTS = JsonMapper.builder()
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                .build();

        private Mappers() {}
    }
}
