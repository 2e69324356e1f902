package dev.hearth.git;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * The machine as JGit sees it: without git configuration of its own, so that nothing outside of Hearth's settings decides
 * how a repository is read. Redirects are not followed: one could lead the credentials to another host.
 */
final class IsolatedSystem extends SystemReader.Delegate {
    private static final IsolatedSystem ONLY = new IsolatedSystem(SystemReader.getInstance());

    private IsolatedSystem(SystemReader machine) {
        super(machine);
    }

    static void install() {
        if (SystemReader.getInstance() != ONLY) {
            SystemReader.setInstance(ONLY);
        }
    }

    @Override
    public StoredConfig getUserConfig() {
        return openUserConfig(null, FS.DETECTED);
    }

    @Override
    public StoredConfig getSystemConfig() {
        return openSystemConfig(null, FS.DETECTED);
    }

    @Override
    public StoredConfig getJGitConfig() {
        return openJGitConfig(null, FS.DETECTED);
    }

    @Override
    public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
        var config = new Empty(parent, fs);
        config.setString("http", null, "followRedirects", "false");
        return config;
    }

    @Override
    public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    /** Backed by no file. */
    private static final class Empty extends FileBasedConfig {
        @SuppressWarnings("NullAway") // JGit's own way of saying that there is no file
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
