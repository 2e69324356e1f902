package dev.hearth.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.certificate.OwnCertificate;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddedAuthoritiesTest {
    private static final String BEGIN = "-----BEGIN CERTIFICATE-----\n";
    private static final String END = "-----END CERTIFICATE-----\n";

    private static String pem() throws GeneralSecurityException {
        return OwnCertificate.current(null, List.of("localhost"), Instant.now()).trusted();
    }

    @Test
    void readsAllCertificatesWithTextBetweenThem() throws Exception {
        var text = "# one\n" + pem() + "\n# two\n" + pem();

        assertThat(AddedAuthorities.parse(text).certificates()).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void addsToWhatIsTrustedAnyway() throws Exception {
        var own = issuers(AddedAuthorities.NONE);
        var added = AddedAuthorities.parse(pem());

        assertThat(own).isNotEmpty();
        assertThat(issuers(added))
                .containsAll(own)
                .containsAll(added.certificates())
                .hasSize(own.size() + 1);
    }

    private static List<X509Certificate> issuers(AddedAuthorities authorities) throws GeneralSecurityException {
        return Arrays.stream(authorities.trustManagers())
                .map(X509TrustManager.class::cast)
                .flatMap(manager -> Arrays.stream(manager.getAcceptedIssuers()))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            '',                                  has no certificate in PEM
            secret,                              has no certificate in PEM
            BEGIN secret END,                    has a certificate that cannot be read
            BEGIN c2VjcmV0 END,                  has a certificate that cannot be read
            BEGIN c2VjcmV0,                      has a certificate that cannot be read
            """)
    void saysWhatIsWrongWithoutQuotingIt(String text, String message) {
        var pem = text.replace("BEGIN ", BEGIN).replace(" END", "\n" + END);

        assertThatThrownBy(() -> AddedAuthorities.parse(pem))
                .isInstanceOf(CertificateException.class)
                .hasMessageContaining(message)
                .hasMessageNotContainingAny("secret", "c2Vj");
    }

    @Test
    void oneThatCannotBeReadSpoilsAll() throws Exception {
        var text = pem() + BEGIN + "c2VjcmV0\n" + END;

        assertThatThrownBy(() -> AddedAuthorities.parse(text)).hasMessageContaining("cannot be read");
    }

    @Test
    void isBounded() throws Exception {
        var text = pem().repeat(1000);

        assertThatThrownBy(() -> AddedAuthorities.parse(text)).hasMessageContaining("is larger than 256 KiB");
    }
}
