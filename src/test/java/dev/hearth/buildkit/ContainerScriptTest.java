package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The functions of volume.sh that decide what becomes of files, on a volume that somebody else has written. */
class ContainerScriptTest {
    private static final String GENERATION = "1-0123abcd";

    @TempDir
    private Path folder;

    /** A shell may run what is in a value: bash in arithmetic, GNU sed in a script, and each by its PATH. */
    @ParameterizedTest
    @ValueSource(strings = {"bash", "dash"})
    void volumeThatIsHostileRunsNothing(String shell) throws Exception {
        var own = Files.createDirectories(folder.resolve("own"));
        var ran = folder.resolve("ran");
        var command = "touch " + ran;
        for (var number : List.of("1,;e " + command + ";#", "a[$(" + command + ")]", "PATH=7", "-t", "1\n" + command)) {
            Files.createDirectories(own.resolve("layers/" + number + "/snapshots/1"));
            Files.createDirectories(own.resolve("root/runc-overlayfs/snapshots/snapshots"));
            for (var file : List.of("sealing", "claim", "begun")) {
                Files.writeString(own.resolve(file), number + "\n");
            }

            var said = run(shell, own, """
                    SEAL=2 KEEP= SEED_GENERATION=1
                    repair
                    echo "begun $(($(number "$OWN/begun") + 1))"
                    adopt
                    sweep
                    """);

            assertThat(said).as(number).containsPattern("begun [12]\n");
            assertThat(ran).as(number).doesNotExist();
        }
    }

    @Test
    void onlyNamesOfHearthAndBuildKitAreSeen() throws Exception {
        var own = Files.createDirectories(folder.resolve("own"));
        for (var name : List.of(GENERATION, "12", "hearth-app.x_y", "-rf", "a b", "a;b", "a,b", "$(a)", ".hidden")) {
            Files.createDirectories(own.resolve("layers").resolve(name));
        }

        assertThat(run("dash", own, "folders \"$OWN/layers\"").lines())
                .containsExactlyInAnyOrder(GENERATION, "12", "hearth-app.x_y");
    }

    /** In MiB. A volume of a claim of 100, on a file system that is full. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # total | used | content | seal | said
            1000    | 1000 | 20      | 7    | StorageFull
            1000    | 1000 | 79      | 7    | StorageFull
            1000    | 1000 | 81      | 7    | VolumeFull
            1000    | 1000 | 400     | 7    | VolumeFull
            100     | 100  | 98      | 7    | VolumeFull
            100     | 60   | 55      | 7    | VolumeFull
            100     | 100  | 40      | 7    | StorageFull
            1000    | 1000 | 20      | ''   | VolumeFull
            """)
    void whatIsSealedFromGoesOnlyIfItsOwnContentFillsTheDisk(int total, int used, int content, String seal, String said)
            throws Exception {
        var own = Files.createDirectories(folder.resolve("own"));
        Files.createDirectories(own.resolve("root"));

        var log = run("dash", own, """
                SEAL=%s KEEP= FALLBACK= SEED_MODE=Cold SEED_FROM= SEED_GENERATION= SEED_ID=cold CLAIM_KIB=102400
                stat() { echo "1024 $((%d << 10)) 0 $(((%d - %d) << 10)) 0 0"; }
                du() { printf '%%d\\tvolume\\n' $((%d << 10)); }
                relieve "full"
                """.formatted(seal, total, total, used, content));

        assertThat(log).contains("hearth: " + said + ": full");
        assertThat(own.resolve("origin").toFile().exists()).isEqualTo(said.equals("VolumeFull"));
        if (said.equals("StorageFull")) {
            assertThat(log).contains("content is only " + content + " MiB of its 100 MiB");
        }
    }

    /** What is not whole is not started from, and the step says what it lacks. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            :                                                    | Overlay
            rm -r ../main/layers/1-0123abcd                      | layer 1-0123abcd of main is gone
            rm ../main/generations/3/layers                      | its files are not there
            rm ../main/generations/3/chain                       | cp: cannot stat
            : > ../main/generations/3/root/cache.db              | BuildKit's database cache.db is empty
            ln -s ../gone ../main/generations/3/root/$BLOBS/ab   | a part of a sealed layer is gone: ../gone
            """)
    void seedThatIsNotWholeSaysWhatItLacks(String damage, String said) throws Exception {
        var own = Files.createDirectories(folder.resolve("own"));
        var main = folder.resolve("main");
        var root = main.resolve("generations/3/root");
        Files.createDirectories(main.resolve("layers").resolve(GENERATION));
        Files.createDirectories(root.resolve("runc-overlayfs/content/blobs/sha256"));
        Files.createDirectories(root.resolve("runc-overlayfs/snapshots/snapshots"));
        Files.writeString(root.resolve("runc-overlayfs/snapshots/metadata.db"), "data");
        Files.writeString(root.resolve("cache.db"), "data");
        Files.writeString(main.resolve("generations/3/layers"), "main " + GENERATION + "\n");
        Files.writeString(main.resolve("generations/3/chain"), "");

        var log = run("dash", own, """
                SEAL= SEED_MODE=Overlay SEED_FROM=main SEED_GENERATION=3 SEED_ID=3 FALLBACK=
                %s
                seed
                echo "mode: $seeded"
                """.formatted(damage));

        if (said.equals("Overlay")) {
            assertThat(log).contains("\"mode\":\"Overlay\"").doesNotContain("SeedUnusable");
        } else {
            assertThat(log)
                    .contains("\"mode\":\"Cold\"")
                    .contains("SeedUnusable: generation 3 of main cannot be read (" + said);
        }
    }

    private String run(String shell, Path own, String then) throws IOException, InterruptedException {
        var script = volume() + "VOLUMES=" + folder + " OWN=" + own + "\n" + then;
        var process =
                new ProcessBuilder(shell, "-c", script).directory(own.toFile()).redirectErrorStream(true);
        process.environment().put("CLAIM", "own");
        var running = process.start();
        running.getOutputStream().close();
        var said = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(running.waitFor()).as(said).isZero();
        return said;
    }

    private static String volume() throws IOException {
        try (var in = Objects.requireNonNull(ContainerScript.class.getResourceAsStream("volume.sh"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
