package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.VersionInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageVolumeSupportTest {

    @ParameterizedTest
    @CsvSource({
        "1, 33, false",
        "1, 34, false",
        "1, 35, true",
        "1, 35+, true",
        "1, 34+, false",
        "1, 40, true",
        "2, 0, true"
    })
    void areOnFromAVersionOn(String major, String minor, boolean expected) {
        var version =
                new VersionInfo.Builder().withMajor(major).withMinor(minor).build();

        assertThat(ImageVolumeSupport.isSupportedBy(version)).isEqualTo(expected);
    }
}
