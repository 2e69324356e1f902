package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.core.forge.CommitStatus;
import dev.hearth.core.forge.CommitStatus.State;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/**
 * The commit statuses of GitHub, whose API Gitea and Forgejo have taken over: the combined status of a commit has the newest
 * status of each context.
 *
 * @param pageParameter name of the parameter for the size of a page
 * @param page largest size of a page
 * @param stateField name of the field with the state of a status that is read
 * @param sameName whether two names of contexts are of the same context
 */
record CombinedStatus(
        ApiConnection api, String pageParameter, int page, String stateField, BiPredicate<String, String> sameName)
        implements ResultDisplay {
    private static final int MOST_PAGES = 10;

    @Override
    public List<NamedStatus> missing(List<NamedStatus> wanted) throws ForgeException {
        var missing = wanted.stream().filter(it -> !it.onlyInstead()).collect(Collectors.toCollection(ArrayList::new));
        var unseen = new ArrayList<>(wanted);
        var first = wanted.getFirst();
        var seen = 0;
        for (int number = 1; number <= MOST_PAGES; number++) {
            var path = "%s/commits/%s/status?%s=%d&page=%d"
                    .formatted(repository(), first.commit(), pageParameter, page, number);
            var statuses =
                    checked(forCommit(first, () -> read(path)), first).json().path("statuses");
            for (var status : statuses) {
                var name = status.path("context").asText();
                // The newest of a name comes first.
                unseen.stream()
                        .filter(it -> sameName.test(name, it.name()))
                        .findFirst()
                        .ifPresent(it -> {
                            unseen.remove(it);
                            if (isShown(status, it.status())) {
                                missing.remove(it);
                            } else if (it.onlyInstead()) {
                                missing.add(it);
                            }
                        });
            }
            seen += statuses.size();
            // Gitea's total_count is that of the page, and an administrator may have made pages smaller.
            var total = api.header("X-Total-Count").filter(it -> it.matches("[0-9]{1,6}"));
            if (unseen.isEmpty()
                    || statuses.isEmpty()
                    || seen >= total.map(Integer::parseInt).orElse(statuses.size() < page ? 0 : Integer.MAX_VALUE)) {
                break;
            }
        }
        return missing;
    }

    /** A token that is only for comments may not read statuses either. */
    private ApiConnection.Answer read(String path) throws ForgeException {
        try {
            return api.get(path);
        } catch (ForgeException e) {
            throw e.kind() == ForgeException.Kind.Denied && isReadable(repository())
                    ? ForgeException.unwritable(api.address())
                    : e;
        }
    }

    private boolean isShown(JsonNode status, CommitStatus wanted) {
        return status.path(stateField).asText().equals(state(wanted.state()))
                && status.path("description").asText().equals(wanted.description());
    }

    @Override
    public void write(NamedStatus wanted) throws ForgeException {
        var fields = Map.of(
                "state", state(wanted.status().state()),
                "description", wanted.status().description(),
                "context", wanted.name());
        var path = repository() + "/statuses/" + wanted.commit();
        try {
            var _ = checked(api.post(path, fields), wanted);
        } catch (ForgeException e) {
            throw isReadable(e, wanted)
                    ? ForgeException.unwritable(api.address())
                    : e.kind() == ForgeException.Kind.NotFound && isReadable(repository())
                            ? ForgeException.refused(api.address(), wanted.commit(), HttpURLConnection.HTTP_NOT_FOUND)
                            : e;
        }
    }

    /** Returns whether what could not be written can be read: then only the right to write statuses is missing. */
    private boolean isReadable(ForgeException failure, NamedStatus wanted) throws ForgeException {
        return switch (failure.kind()) {
            case Denied -> isReadable(repository());
            // GitHub answers so for a repository that its tokens may not write.
            case NotFound -> isReadable(repository() + "/commits/" + wanted.commit() + "/status");
            case Unavailable, Exceeded, RateLimited, Refused, Unwritable -> false;
        };
    }

    private boolean isReadable(String path) throws ForgeException {
        return api.find(path).isPresent();
    }

    /** Tells a commit that the forge does not have from a repository that it does not have. */
    private ApiConnection.Answer forCommit(NamedStatus wanted, ApiConnection.Call call) throws ForgeException {
        return api.orRefused(call, repository(), wanted.commit());
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
            case Waiting, NeedsApproval, Running -> "pending";
            case Skipped, Success -> "success";
            case Failure -> "failure";
            case Cancelled -> "error";
        };
    }
}
