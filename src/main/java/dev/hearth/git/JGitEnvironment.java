package dev.hearth.git;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * Prepares JGit for this process: hides environment variables and git configuration files from it, so that only the remote
 * decides how it is read, and initializes its transports. JGit has one such object for the whole process.
 */
final class JGitEnvironment extends SystemReader.Delegate {
    private static final JGitEnvironment ONLY = new JGitEnvironment(SystemReader.getInstance());

    static {
        // The class Transport makes objects of its subclasses when it is initialized. If one thread initialized
        // a subclass and another one Transport, each would wait for the other without end.
        Transport.getTransportProtocols();
    }

    private JGitEnvironment(SystemReader machine) {
        super(machine);
    }

    /** To be called before any other use of JGit. */
    static void install() {
        if (SystemReader.getInstance() != ONLY) {
            SystemReader.setInstance(ONLY);
        }
    }

    @Override
    public @Nullable String getenv(String variable) {
        return null;
    }

    @Override
    public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    /** A configuration without a file. */
    private static final class Empty extends FileBasedConfig {
        @SuppressWarnings("NullAway") // null stands for no file in JGit
        Empty(@Nullable Config parent, FS fs) {
            super(parent, null, fs);
        }

        @Override
        public void load() {
            // nothing to read
        }

        @Override
        public boolean isOutdated() {
            return false;
        }
    }
}
