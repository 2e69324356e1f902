package dev.hearth.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryRepositoryTest {

    @ParameterizedTest
    @CsvSource({
        "registry.example/team/app, https://registry.example/v2/team/app/manifests/main",
        "registry.example:5000/app, https://registry.example:5000/v2/app/manifests/main",
        "localhost/app, https://localhost/v2/app/manifests/main",
        "docker.io/app, https://registry-1.docker.io/v2/library/app/manifests/main",
        "docker.io/team/app, https://registry-1.docker.io/v2/team/app/manifests/main"
    })
    void knowsWhereARegistryHasAManifest(String name, String expected) throws RegistryException {
        var repository = RegistryRepository.parse(name);

        assertThat(repository.manifest("main", false)).hasToString(expected);
        assertThat(repository.manifest("main", true)).hasToString(expected.replace("https://", "http://"));
        assertThat(repository).hasToString(name);
    }
}
