package dev.hearth.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Expected objects as YAML files, one object in each, so that a reader sees whole objects and a change is seen as a diff. A
 * folder has exactly the files of its objects, and {@value #GIVEN} where that says what they are made from.
 *
 * <p>With the system property {@code hearth.golden=write} the files are written instead of compared. This is no approval
 * library, since those compare one file at a time: none finds files that no test uses any more, and each leaves a second
 * file beside every one that differs.
 */
public final class GoldenFiles {
    /** What the objects of a folder are made from. */
    public static final String GIVEN = "given.yaml";

    private static final Path ROOT = Path.of("src/test/resources/golden");
    private static final boolean WRITE = "write".equals(System.getProperty("hearth.golden"));
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.LITERAL_BLOCK_STYLE)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .build();

    private GoldenFiles() {}

    /** Folders in a folder: the cases of a feature that are made from what they have in {@value #GIVEN}. */
    public static List<String> cases(String feature) {
        return names(ROOT.resolve(feature)).stream()
                .map(name -> feature + "/" + name)
                .toList();
    }

    /** The documents that a case is made from. */
    public static List<JsonNode> given(String folder) {
        try (var parser = YAML.createParser(ROOT.resolve(folder).resolve(GIVEN).toFile())) {
            return YAML.readerFor(JsonNode.class).<JsonNode>readValues(parser).readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A test of each object, and one that the folder has no other file.
     *
     * @param objects by the name of their file, without its ending
     */
    public static Stream<DynamicTest> tests(String folder, Map<String, ?> objects) {
        var files = new TreeMap<String, String>();
        objects.forEach((name, object) -> files.put(name + ".yaml", yaml(object)));
        if (WRITE) {
            write(ROOT.resolve(folder), files);
        }
        return Stream.concat(
                files.entrySet().stream()
                        .map(file -> DynamicTest.dynamicTest(
                                folder + "/" + file.getKey(),
                                () -> assertThat(read(ROOT.resolve(folder).resolve(file.getKey())))
                                        .isEqualTo(file.getValue()))),
                Stream.of(DynamicTest.dynamicTest(
                        folder + " has no other file",
                        () -> assertThat(names(ROOT.resolve(folder)))
                                .filteredOn(name -> !name.equals(GIVEN))
                                .containsExactlyElementsOf(files.keySet()))));
    }

    /** The objects of a kind that a case is made from. */
    public static <T> List<T> given(String folder, String kind, Class<T> type) {
        return given(folder).stream()
                .filter(document -> document.get("kind").textValue().equals(kind))
                .map(document -> read(document, type))
                .toList();
    }

    /** Reads a document of which every field is known: any other would say nothing. */
    public static <T> T read(JsonNode document, Class<T> type) {
        var read = Serialization.unmarshal(document.toString(), type);
        holds(tree(read), document, "");
        return read;
    }

    private static void holds(JsonNode read, JsonNode document, String path) {
        document.properties().forEach(field -> {
            var inside = path + "." + field.getKey();
            assertThat(read.has(field.getKey())).as("%s is known", inside).isTrue();
            holds(read.get(field.getKey()), field.getValue(), inside);
        });
        for (int at = 0; document.isArray() && at < document.size(); at++) {
            holds(read.get(at), document.get(at), path + "[" + at + "]");
        }
    }

    private static void write(Path folder, Map<String, String> files) {
        try {
            Files.createDirectories(folder);
            for (String name : names(folder)) {
                if (!name.equals(GIVEN) && !files.containsKey(name)) {
                    Files.delete(folder.resolve(name));
                }
            }
            for (var file : files.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As it is sent to the API server, with sorted fields. */
    private static String yaml(Object object) {
        try {
            return YAML.writeValueAsString(tree(object));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode tree(Object object) {
        return Serialization.unmarshal(Serialization.asJson(object), JsonNode.class);
    }

    private static List<String> names(Path folder) {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
