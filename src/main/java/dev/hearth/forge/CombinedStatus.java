package dev.hearth.forge;

import dev.hearth.core.forge.CommitStatus.State;
import java.util.Map;

/**
 * The commit statuses of GitHub, whose API Gitea and Forgejo have taken over: the combined status of a commit has the newest
 * status of each context.
 *
 * @param pageParameter name of the parameter for the size of a page
 * @param page largest size of a page
 * @param stateField name of the field with the state of a status that is read
 */
record CombinedStatus(ApiConnection api, String pageParameter, int page, String stateField) {
    private static final int MOST_PAGES = 10;

    /** Contexts differ by more than case: GitHub compares them so. */
    boolean shows(NamedStatus wanted) throws ForgeException {
        var seen = 0;
        for (int number = 1; number <= MOST_PAGES; number++) {
            var path = "%s/commits/%s/status?%s=%d&page=%d"
                    .formatted(repository(), wanted.commit(), pageParameter, page, number);
            var combined = checked(api.get(path), wanted).json();
            var statuses = combined.path("statuses");
            for (var status : statuses) {
                if (status.path("context").asText().equalsIgnoreCase(wanted.name())) {
                    return status.path(stateField)
                                    .asText()
                                    .equals(state(wanted.status().state()))
                            && status.path("description")
                                    .asText()
                                    .equals(wanted.status().description());
                }
            }
            seen += statuses.size();
            if (statuses.isEmpty() || seen >= combined.path("total_count").asInt(Integer.MAX_VALUE)) {
                break;
            }
        }
        return false;
    }

    void write(NamedStatus wanted) throws ForgeException {
        var fields = Map.of(
                "state", state(wanted.status().state()),
                "description", wanted.status().description(),
                "context", wanted.name());
        var _ = checked(api.post(repository() + "/statuses/" + wanted.commit(), fields), wanted);
    }

    private ApiConnection.Answer checked(ApiConnection.Answer answer, NamedStatus wanted) throws ForgeException {
        if (answer.isRefusal()) {
            throw ForgeException.refused(api.address(), wanted.commit(), answer.status());
        }
        if (!answer.json().isObject()) {
            throw ForgeException.invalid(api.address());
        }
        return answer;
    }

    private String repository() {
        return "/repos/" + api.address().repository();
    }

    private static String state(State state) {
        return switch (state) {
            case Waiting, Running -> "pending";
            case Success -> "success";
            case Failure -> "failure";
            case Cancelled -> "error";
        };
    }
}
