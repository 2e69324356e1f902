package dev.hearth.results;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Any name as a path that stays in its folder, and back. Names come from pipelines and pods: one is never a path as it is.
 * What is neither letter, digit nor harmless is written as its bytes in hexadecimal; a name that is longer than a file's
 * may be becomes folders, which end with a plus sign as no other part does.
 */
final class StoredName {
    /** Bytes of a name; a longer one is refused. */
    static final int LONGEST = 1024;

    private static final String HARMLESS = "-_.=,@";
    private static final int LONGEST_PART = 200;
    private static final String MORE = "+";

    private StoredName() {}

    static boolean isPossible(String name) {
        return !name.isEmpty() && name.getBytes(StandardCharsets.UTF_8).length <= LONGEST;
    }

    static Path in(Path folder, String name) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        if (!isPossible(name)) {
            throw new IllegalArgumentException("a name has 1 to " + LONGEST + " bytes, and this one " + bytes.length);
        }
        var path = folder;
        var part = new StringBuilder();
        for (byte b : bytes) {
            if (part.length() >= LONGEST_PART) {
                path = path.resolve(part + MORE);
                part.setLength(0);
            }
            var c = (char) (b & 0xFF);
            if (isHarmless(c) && !(c == '.' && part.isEmpty())) {
                part.append(c);
            } else {
                part.append('%').append("%02X".formatted((int) c));
            }
        }
        return path.resolve(part.toString());
    }

    /** The name that {@link #in} was given. */
    static String of(Path folder, Path stored) {
        var text = new StringBuilder();
        folder.relativize(stored).forEach(part -> text.append(part.toString().replace(MORE, "")));
        var bytes = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) == '%') {
                bytes.write(Integer.parseInt(text, at + 1, at + 3, 16));
                at += 2;
            } else {
                bytes.write(text.charAt(at));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Whatever has a name in a folder; nothing if there is no such folder. */
    static List<Path> allIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            var all = new ArrayList<Path>();
            for (Path entry : entries.sorted().toList()) {
                if (entry.toString().endsWith(MORE)) {
                    all.addAll(allIn(entry));
                } else {
                    all.add(entry);
                }
            }
            return all;
        }
    }

    private static boolean isHarmless(char c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || HARMLESS.indexOf(c) >= 0);
    }
}
