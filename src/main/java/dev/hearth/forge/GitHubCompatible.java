package dev.hearth.forge;

import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.forge.ResultComment;
import dev.hearth.http.OutboundRequests;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * GitHub by its REST API of version 2022-11-28, and Gitea and Forgejo, which have taken over its paths
 * and most of its fields in their API of version 1.
 */
final class GitHubCompatible implements ForgeApi {
    private static final String EXPIRY = "GitHub-Authentication-Token-Expiration";
    private static final DateTimeFormatter EXPIRY_FORMAT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss [z][Z]", Locale.ROOT);

    private final ApiConnection api;
    private final ResultDisplay results;
    private final PullRequestReader pullRequests;
    private final boolean tellsExpiry;

    private GitHubCompatible(
            ApiConnection api, ResultDisplay results, PullRequestReader pullRequests, boolean tellsExpiry) {
        this.api = api;
        this.results = results;
        this.pullRequests = pullRequests;
        this.tellsExpiry = tellsExpiry;
    }

    /** GitHub with an access token, which may write statuses and no check runs. */
    static GitHubCompatible gitHub(ForgeAddress address, String token, OutboundRequests requests, Clock clock) {
        var api = new ApiConnection(address, requests, Authorization.fixed(gitHubHeaders(token)), clock);
        return new GitHubCompatible(
                api,
                new CombinedStatus(api, "per_page", 100, "state", String::equalsIgnoreCase),
                new PullRequestReader(api, false),
                true);
    }

    /** GitHub as an App. */
    static GitHubCompatible gitHubApp(
            ForgeAddress address, long app, Authorization authorization, OutboundRequests requests, Clock clock) {
        var api = new ApiConnection(address, requests, authorization, clock);
        return new GitHubCompatible(api, new CheckRuns(api, app), new PullRequestReader(api, false), false);
    }

    /** Returns the headers of a request to GitHub. */
    static Map<String, String> gitHubHeaders(String token) {
        return Map.of(
                "Authorization", "Bearer " + token,
                "Accept", "application/vnd.github+json",
                "X-GitHub-Api-Version", "2022-11-28",
                "User-Agent", "hearth");
    }

    static GitHubCompatible gitea(ForgeAddress address, String token, OutboundRequests requests, Clock clock) {
        var headers = Map.of("Authorization", "token " + token, "Accept", "application/json", "User-Agent", "hearth");
        var api = new ApiConnection(address, requests, Authorization.fixed(headers), clock);
        // 50 is the largest page unless the forge's administrator has changed it.
        return new GitHubCompatible(
                api,
                new CombinedStatus(api, "limit", 50, "status", String::equals),
                new PullRequestReader(api, true),
                false);
    }

    @Override
    public List<NamedStatus> missing(List<NamedStatus> wanted) throws ForgeException {
        return results.missing(wanted);
    }

    @Override
    public void write(NamedStatus wanted) throws ForgeException {
        results.write(wanted);
    }

    @Override
    public boolean comment(long number, ResultComment wanted) throws ForgeException {
        var issues = "/repos/" + api.address().repository() + "/issues/";
        return new OwnComment(api, issues + number + "/comments", issues + "comments/", "", "user", api::patch)
                .show(number, wanted);
    }

    @Override
    public PullRequest pullRequest(long number) throws ForgeException {
        return pullRequests.read(number);
    }

    @Override
    public boolean mayWrite(Account account) throws ForgeException {
        return pullRequests.mayWrite(account);
    }

    @Override
    public List<Comment> comments(long number, Instant since) throws ForgeException {
        return pullRequests.comments(number, since);
    }

    /**
     * Returns the time that GitHub's answers have in a header if the token expires. A time in another format warns of nothing.
     * Tokens of Gitea and Forgejo do not expire, and those of an App are renewed.
     */
    @Override
    public Optional<Instant> tokenExpiry() throws ForgeException {
        if (!tellsExpiry) {
            return Optional.empty();
        }
        var _ = api.object("/repos/" + api.address().repository());
        return api.header(EXPIRY).flatMap(GitHubCompatible::parse);
    }

    private static Optional<Instant> parse(String time) {
        try {
            return Optional.of(ZonedDateTime.parse(time, EXPIRY_FORMAT).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
