package dev.hearth.git;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.shell.InvertedShellWrapper;
import org.apache.sshd.server.shell.ProcessShell;

/** A server of SSH that runs the real git-upload-pack for one key of user git, in repositories of a folder. */
public final class SshGitServer implements AutoCloseable {
    private final SshServer server;
    private final InetAddress address;
    private final Map<String, Programs> programs = new HashMap<>();
    private final List<PublicKey> offered = new CopyOnWriteArrayList<>();
    private final List<String> started = new CopyOnWriteArrayList<>();
    private final KeyPair host = key("ssh-ed25519");
    private final KeyPair user = key("ssh-ed25519");

    /** Creates programs in place of git. */
    interface Programs {
        Command create(ChannelSession channel) throws IOException;
    }

    private SshGitServer(SshServer server, InetAddress address) {
        this.server = server;
        this.address = address;
    }

    static SshGitServer start(Path folder, InetAddress address) throws IOException {
        var ssh = new SshGitServer(SshServer.setUpDefaultServer(), address);
        ssh.server.setHost(address.getHostAddress());
        ssh.server.setKeyPairProvider(KeyPairProvider.wrap(ssh.host));
        ssh.server.setPublickeyAuthenticator((name, key, _) -> {
            ssh.offered.add(key);
            return name.equals("git") && KeyUtils.compareKeys(key, ssh.user.getPublic());
        });
        ssh.server.setCommandFactory((channel, command) -> ssh.program(folder, channel, command));
        ssh.server.start();
        return ssh;
    }

    private Command program(Path folder, ChannelSession channel, String command) throws IOException {
        started.add(command + " " + channel.getEnvironment().getEnv().getOrDefault("GIT_PROTOCOL", ""));
        // A shell, as at a server: it takes the quotes off.
        return Objects.requireNonNullElse(
                        programs.get(command.replaceFirst("^git-upload-pack '/(.*)'$", "$1")),
                        _ -> new InvertedShellWrapper(
                                new ProcessShell("/bin/sh", "-c", command.replaceFirst("'/", "'" + folder + "/"))))
                .create(channel);
    }

    /** Runs another program than git for a path. */
    void answer(String path, Programs program) {
        programs.put(path, program);
    }

    /** Shows other host keys from now on. */
    void hostKeys(KeyPair... keys) {
        server.setKeyPairProvider(KeyPairProvider.wrap(keys));
    }

    /** The settings of the server, for oddities. */
    SshServer settings() {
        return server;
    }

    /** Keys that somebody tried to log in with. */
    List<PublicKey> offered() {
        return offered;
    }

    /** Commands that were run, each with the value of GIT_PROTOCOL. */
    List<String> started() {
        return started;
    }

    public String url(String path) {
        return "ssh://git@" + address.getHostAddress() + ":" + server.getPort() + "/" + path;
    }

    public GitRemote remote(String path) {
        return new GitRemote("tests", url(path), credentials(), true);
    }

    /** What logs in, and knows the server. */
    public GitCredentials.Key credentials() {
        return new GitCredentials.Key(text(user), knownHosts(host.getPublic()));
    }

    /** Returns the line of known_hosts for a key of this server. */
    String knownHosts(PublicKey key) {
        return "[%s]:%d %s%n".formatted(address.getHostAddress(), server.getPort(), PublicKeyEntry.toString(key));
    }

    PublicKey hostKey() {
        return host.getPublic();
    }

    /** Makes a key pair. */
    public static KeyPair key(String type) {
        try {
            return KeyUtils.generateKeyPair(type, type.equals("ssh-rsa") ? 2048 : 256);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns a private key as ssh-keygen writes it. */
    public static String text(KeyPair key) {
        try {
            var out = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "tests", null, out);
            return out.toString(StandardCharsets.UTF_8);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close(true);
    }
}
