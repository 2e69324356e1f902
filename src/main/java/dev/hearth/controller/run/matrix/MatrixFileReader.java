package dev.hearth.controller.run.matrix;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hearth.core.plan.MatrixExpansion;
import dev.hearth.core.text.PlainText;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads the matrix cells of a task from a file that a step of the run has written. Its content is not trusted. */
final class MatrixFileReader {
    /** The largest size of the file in bytes: the cells are recorded in the run's status, whose size is limited. */
    static final int LARGEST = 16 << 10;

    private static final int MOST_KEYS = 8;
    private static final int LONGEST_VALUE = 256;
    private static final Pattern KEY = Pattern.compile("[a-z][A-Za-z0-9]{0,29}");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(3).build())
                    .build())
            // 1.10 and 1.1 are different versions.
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private MatrixFileReader() {}

    /** The file is invalid. The message says why. */
    static final class Invalid extends Exception {
        Invalid(String message) {
            super(message);
        }
    }

    /** Returns each cell once, in the order of the file. */
    static List<Map<String, String>> read(String text) throws Invalid {
        if (text.length() > LARGEST) {
            throw new Invalid("it is larger than " + LARGEST / 1024 + " KiB");
        }
        var cells = new LinkedHashSet<Map<String, String>>();
        var list = parse(text);
        if (!list.isArray()) {
            throw new Invalid("it is not a JSON list, such as [{\"db\": \"sqlite\"}, {\"db\": \"postgres\"}]");
        }
        var number = 0;
        for (JsonNode entry : list) {
            cells.add(cell(entry, ++number));
        }
        if (cells.size() > MatrixExpansion.MAX_CELLS) {
            throw new Invalid(
                    "it lists " + cells.size() + " cells, but a run can have at most " + MatrixExpansion.MAX_CELLS);
        }
        return new ArrayList<>(cells);
    }

    private static JsonNode parse(String text) throws Invalid {
        try {
            var list = JSON.readTree(text);
            if (list == null || list.isMissingNode()) {
                throw new Invalid("it is empty");
            }
            return list;
        } catch (JsonProcessingException e) {
            var where = e.getLocation();
            throw new Invalid("it is not JSON: " + PlainText.line(e.getOriginalMessage())
                    + (where == null ? "" : ", line " + where.getLineNr() + " column " + where.getColumnNr()));
        }
    }

    private static Map<String, String> cell(JsonNode entry, int number) throws Invalid {
        if (!entry.isObject() || entry.isEmpty() || entry.size() > MOST_KEYS) {
            throw new Invalid("entry " + number + " is not an object with one to " + MOST_KEYS + " values");
        }
        var cell = new TreeMap<String, String>();
        for (var value : entry.properties()) {
            if (!KEY.matcher(value.getKey()).matches()) {
                throw new Invalid(
                        "entry " + number
                                + " has a name that does not consist of at most 30 letters and digits, starting with a lower case letter");
            }
            if (!value.getValue().isValueNode() || value.getValue().isNull()) {
                throw new Invalid(
                        "entry " + number + " has a value that is not a string, number or boolean: " + value.getKey());
            }
            var text = value.getValue().asText();
            if (text.length() > LONGEST_VALUE || CONTROL.matcher(text).find()) {
                throw new Invalid("entry " + number + " has a value of more than " + LONGEST_VALUE
                        + " characters, or with control characters: " + value.getKey());
            }
            cell.put(value.getKey(), text);
        }
        return cell;
    }
}
