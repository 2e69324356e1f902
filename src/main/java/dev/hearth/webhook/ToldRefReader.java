package dev.hearth.webhook;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hearth.api.ForgeType;
import dev.hearth.core.text.PlainText;
import dev.hearth.core.trigger.Delivery.Told;
import dev.hearth.http.BoundedJson;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the beginning of a proven body which ref it tells of. That is shown to people and decides nothing. A body that
 * is cut off or damaged tells what it says up to there.
 */
final class ToldRefReader {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
    private static final int LONGEST = 1024;

    private enum Part {
        Ref,
        RefType,
        Commit,
        Number
    }

    /** Where forges have these parts. The names of the forges do not overlap, so that one table is enough. */
    private static final Map<String, Part> PLACES = Map.of(
            "/ref", Part.Ref,
            "/ref_type", Part.RefType,
            "/after", Part.Commit,
            "/pull_request/number", Part.Number,
            "/pull_request/head/sha", Part.Commit,
            "/object_attributes/iid", Part.Number,
            "/object_attributes/last_commit/id", Part.Commit,
            "/merge_group/head_ref", Part.Ref,
            "/merge_group/head_sha", Part.Commit);

    /** The objects that have these parts, and the objects that have those. */
    private static final Set<String> FOLDERS = Set.of(
            "/pull_request",
            "/pull_request/head",
            "/object_attributes",
            "/object_attributes/last_commit",
            "/merge_group");

    private ToldRefReader() {}

    /**
     * Returns the ref. Empty if the body tells of none.
     *
     * @param event name of the event, as the forge writes it
     * @param body the body or its beginning
     */
    static Optional<Told> read(ForgeType forge, String event, byte[] body) {
        var parts = parts(body);
        var commit = event.equals("delete") ? Told.DELETED : parts.get(Part.Commit);
        return ref(forge, parts)
                .filter(it ->
                        it.length() <= LONGEST && PlainText.line(it, LONGEST).equals(it))
                .map(it -> new Told(it, commit != null && COMMIT.matcher(commit).matches() ? commit : null));
    }

    private static Map<Part, String> parts(byte[] body) {
        var parts = new EnumMap<Part, String>(Part.class);
        try (var parser = BoundedJson.MAPPER.createParser(body)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                read(parser, "", parts);
            }
        } catch (IOException e) {
            return parts; // cut off or damaged here
        }
        return parts;
    }

    /** Reads the fields of an object, and skips objects and arrays in which there is nothing to read. */
    private static void read(JsonParser parser, String path, Map<Part, String> parts) throws IOException {
        for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            var place = path + "/" + name;
            var token = parser.nextToken();
            if (token == JsonToken.START_OBJECT && FOLDERS.contains(place)) {
                read(parser, place, parts);
            } else if (token != null && token.isScalarValue() && PLACES.containsKey(place)) {
                parts.putIfAbsent(PLACES.get(place), parser.getText());
            } else {
                parser.skipChildren();
            }
        }
    }

    private static Optional<String> ref(ForgeType forge, Map<Part, String> parts) {
        var ref = parts.get(Part.Ref);
        return ref == null ? pullRequest(forge, parts.get(Part.Number)) : Optional.ofNullable(full(ref, parts));
    }

    private static Optional<String> pullRequest(ForgeType forge, @Nullable String number) {
        return Optional.ofNullable(number)
                .filter(it -> NUMBER.matcher(it).matches())
                .map(it -> forge == ForgeType.GitLab
                        ? "refs/merge-requests/" + it + "/head"
                        : "refs/pull/" + it + "/head");
    }

    /** Events of new and deleted refs have the short name. */
    private static @Nullable String full(String ref, Map<Part, String> parts) {
        return switch (parts.get(Part.RefType)) {
            case "branch" -> "refs/heads/" + ref;
            case "tag" -> "refs/tags/" + ref;
            case null, default -> ref.startsWith("refs/") ? ref : null;
        };
    }
}
